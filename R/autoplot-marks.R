# The marks of a figure as layers of ggplot2.

#' @importFrom rlang .data
NULL

# What a style says of each kind.
style_looks <- list(
  bars = "fill",
  intervals = "colour",
  lines = c("colour", "linetype"),
  points = c("colour", "shape"),
  rules = c("colour", "linetype"),
  texts = "colour"
)

draw_mark <- function(mark, figure) {
  mark_drawers[[mark$kind]](mark, figure)
}

mark_drawers <- list(
  bars = function(mark, ...) layer_of(mark, ggplot2::geom_col, c(x = "x", y = "y"), width = 0.8),
  images = function(mark, figure) draw_images(mark, figure),
  intervals = function(mark, ...) {
    ends <- if ("y" %in% names(mark$columns)) c(xmin = "start", xmax = "end") else c(ymin = "start", ymax = "end")
    layer_of(mark, ggplot2::geom_linerange, c(x = "x", y = "y", ends))
  },
  lines = function(mark, ...) draw_lines(mark),
  points = function(mark, ...) {
    layer_of(mark, ggplot2::geom_point, c(x = "x", y = "y"), size = if (is.null(mark$size)) 1.5 else mark$size * 0.44)
  },
  rules = function(mark, ...) {
    geom <- if ("x" %in% names(mark$columns)) ggplot2::geom_vline else ggplot2::geom_hline
    layer_of(mark, geom, c(xintercept = "x", yintercept = "y"), linewidth = 0.5, key_glyph = "path")
  },
  texts = function(mark, ...) draw_texts(mark),
  tiles = function(mark, ...) layer_of(mark, ggplot2::geom_tile, c(x = "x", y = "y", fill = "shade"))
)

# Make a layer: `parts` says which part of the mark is which aesthetic of `geom`.
layer_of <- function(mark, geom, parts, ..., mapping = mapping_of(mark, parts)) {
  looks <- style_looks[[mark$kind]]
  has_ink <- length(looks) > 0L && !"style" %in% names(mark$columns)
  ink <- if (has_ink) rlang::set_names(list(mark$ink), looks[[1L]])
  arguments <- list(mapping = mapping, data = mark$data, na.rm = TRUE, ...)
  # Rules inherit nothing anyway, and their geoms do not take the argument.
  if (mark$kind != "rules") {
    arguments$inherit.aes <- FALSE
  }
  do.call(geom, c(arguments, ink))
}

mapping_of <- function(mark, parts) {
  parts <- c(parts, rlang::set_names(rep("style", length(style_looks[[mark$kind]])), style_looks[[mark$kind]]))
  parts <- parts[parts %in% names(mark$columns)]
  columns <- vapply(mark$columns[parts], identity, "")
  ggplot2::aes(!!!rlang::set_names(rlang::syms(unname(columns)), names(parts)))
}

# Without a group, rows are one line: levels would make groups of their own.
draw_lines <- function(mark) {
  mapping <- mapping_of(mark, c(x = "x", y = "y", group = "group"))
  if (is.null(mapping$group)) {
    mapping$group <- 1
  }
  layer_of(mark, ggplot2::geom_path, mapping = mapping)
}

draw_texts <- function(mark) {
  mapping <- mapping_of(mark, c(x = "x", y = "y", label = "text"))
  if (mark$place == "edge") {
    mapping$x <- Inf
  }
  layer_of(
    mark,
    ggplot2::geom_text,
    mapping = mapping,
    hjust = c(centre = 0.5, after = -0.05, edge = -0.1)[[mark$place]],
    size = if (is.null(mark$size)) 3 else mark$size / ggplot2::.pt,
    lineheight = 0.9,
    show.legend = FALSE
  )
}

# A picture fills the panel of its row. ggplot2 has no geom that does so: this is what `annotation_raster()` makes, in
# one panel. It sets no scales, which an empty layer does.
draw_images <- function(mark, figure) {
  size <- dim(mark$pictures[[1L]])
  corners <- data.frame(x = c(0, size[2L]), y = c(0, size[1L]))
  pictures <- lapply(seq_along(mark$pictures), function(i) {
    ggplot2::layer(
      geom = ggplot2::GeomRasterAnn,
      stat = ggplot2::StatIdentity,
      position = ggplot2::PositionIdentity,
      data = figure$data[i, ],
      inherit.aes = FALSE,
      params = list(
        raster = raster_of(mark$pictures[[i]]),
        xmin = 0,
        xmax = size[2L],
        ymin = 0,
        ymax = size[1L],
        interpolate = TRUE
      )
    )
  })
  c(list(ggplot2::geom_blank(ggplot2::aes(.data$x, .data$y), corners, inherit.aes = FALSE)), pictures)
}

# Turn whole grey levels of shape (height, width, channels) into what R draws.
raster_of <- function(levels) {
  if (dim(levels)[3L] == 1L) {
    dim(levels) <- dim(levels)[1:2]
  }
  grDevices::as.raster(levels, max = 255)
}
