# Spell what ggplot2 draws as Python's tests spell what matplotlib draws: each mark is a line of text, its panel, its
# kind, its place, its text or number, its colour.

drawn_marks <- function(plot) {
  built <- ggplot2::ggplot_build(plot)
  lines <- Map(function(layer, data) spelled_layer(layer, data, built), plot$layers, built$data)
  sort(as.character(unlist(lines)), method = "radix")
}

# Rendering raises what cannot be drawn.
rendered <- function(plot) {
  withr::local_pdf(NULL)
  ggplot2::ggplotGrob(plot)
  invisible(plot)
}

spelled_layer <- function(layer, data, built) {
  kind <- mark_kinds[[intersect(class(layer$geom), names(mark_kinds))[[1]]]]
  place <- function(axis, column) placed(data[[column]], data$PANEL, axis, built)
  parts <- switch(
    kind,
    bar = list(place("x", "x"), place("y", "y"), data$fill),
    interval = if (is.null(data$xmin)) {
      list(place("x", "x"), place("y", "ymin"), place("x", "x"), place("y", "ymax"), data$colour)
    } else {
      list(place("x", "xmin"), place("y", "y"), place("x", "xmax"), place("y", "y"), data$colour)
    },
    rule = list(if (is.null(data$yintercept)) place("x", "xintercept") else place("y", "yintercept"), data$colour),
    text = list(ifelse(is.infinite(data$x), "edge", place("x", "x")), place("y", "y"), data$label, data$colour),
    tile = list(place("x", "x"), place("y", "y"), spelled(shares_of(layer, data, built))),
    list(place("x", "x"), place("y", "y"), data$colour)
  )
  is_drawn <- Reduce(`&`, lapply(parts[-length(parts)], nzchar), rep(TRUE, nrow(data)))
  do.call(paste, c(list(panel_titles(built)[data$PANEL], kind), parts, sep = " | "))[is_drawn]
}

mark_kinds <- c(
  GeomCol = "bar",
  GeomLinerange = "interval",
  GeomPath = "line",
  GeomPoint = "point",
  GeomHline = "rule",
  GeomVline = "rule",
  GeomText = "text",
  GeomTile = "tile"
)

# A tile keeps its colour and not the number behind it.
shares_of <- function(layer, data, built) {
  built$plot$data[[rlang::as_label(layer$mapping$fill)]]
}

spelled <- function(numbers) {
  ifelse(is.na(numbers), "", formatC(numbers, digits = 6, format = "g", width = 1))
}

# Numbers are spelled, levels named as on their axis.
placed <- function(values, panels, axis, built) {
  vapply(
    seq_along(values),
    function(i) {
      scale <- built$layout$panel_params[[panels[[i]]]][[axis]]
      if (!scale$is_discrete()) {
        return(spelled(untransformed(as.numeric(values[[i]]), scale$scale)))
      }
      unname(scale$scale$labels[[scale$get_limits()[[as.numeric(values[[i]])]]]])
    },
    ""
  )
}

# What stands on an axis of ratios is drawn by its logarithm.
untransformed <- function(value, scale) {
  transformation <- if (is.null(scale$get_transformation)) scale$trans else scale$get_transformation()
  transformation$inverse(value)
}

panel_titles <- function(built) {
  facet <- built$plot$facet$params
  columns <- names(c(facet$facets, facet$rows))
  if (length(columns) == 0) {
    return("")
  }
  levels <- built$layout$layout[columns]
  unlist(facet$labeller(levels), use.names = FALSE)
}
