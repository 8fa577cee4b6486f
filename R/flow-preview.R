#' Draw pictures of a flow, as the network will see them
#'
#' @param flow A flow, as [flow_images()] gives.
#' @param n How many pictures, from the first ones of the first pass.
#' @returns A ggplot of the pictures with their labels. Grey levels are shown as they were before `rescale`; where
#'   pictures are centred or a function changed them, each is stretched to its own range.
#' @examplesIf tidycnn_ready() && rlang::is_installed("ggplot2")
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 16, seed = 1)
#' images |>
#'   flow_images(target_size = c(96, 96), seed = 1) |>
#'   show_batch(n = 6)
#' unlink(folder, recursive = TRUE)
#' @family flow
#' @export
show_batch <- function(flow, n = 16) {
  draw_preview(call_py("batch_pictures", module = "flow.preview"))
}

#' Draw what augmentation makes of a picture
#'
#' Look here before training: an object should never leave the picture, nor a picture become another class.
#'
#' @param generator What to try, as [image_data_generator()] gives.
#' @param image A file, or an array of shape (height, width, channels) with grey levels from 0 to 255 or from 0 to 1.
#' @param n How many random pictures to draw, beside the picture itself.
#' @param target_size Height and width; those of the picture where it is not given.
#' @param color_mode How a file is decoded: `"rgb"`, `"rgba"` or `"grayscale"`.
#' @param interpolation How the picture is resized, as in [flow_images()].
#' @param seed Makes the random pictures repeatable. Without it, it is drawn from R's own stream.
#' @returns A ggplot of the picture itself and its `n` random forms. Normalisation is not shown.
#' @examplesIf tidycnn_ready() && rlang::is_installed("ggplot2")
#' picture <- array(rep(1:32 / 32, each = 32), c(32, 32, 1))
#' image_data_generator(rotation_range = 45) |> show_augmentations(picture, n = 3)
#' @family flow
#' @export
show_augmentations <- function(
  generator,
  image,
  n = 8,
  target_size = NULL,
  color_mode = "rgb",
  interpolation = "bilinear",
  seed = NULL
) {
  draw_preview(call_py("augmentation_pictures", module = "flow.preview"))
}

# Draw pictures on a grid, each with its title above it. A unit is a pixel; all pictures have the same size.
draw_preview <- function(preview) {
  n <- length(preview$pictures)
  size <- dim(preview$pictures[[1L]])
  columns <- ceiling(sqrt(n))
  gap <- 0.06 * size[2L]
  strip <- 0.16 * size[2L]
  left <- ((seq_len(n) - 1L) %% columns) * (size[2L] + gap)
  top <- -((seq_len(n) - 1L) %/% columns) * (size[1L] + strip)
  titles <- data.frame(x = left + size[2L] / 2, y = top, title = shortened(preview$frame$title, 24L))
  pictures <- lapply(seq_len(n), function(i) {
    ggplot2::annotation_raster(
      raster_of(preview$pictures[[i]]),
      left[i],
      left[i] + size[2L],
      top[i] - size[1L],
      top[i],
      interpolate = TRUE
    )
  })
  ggplot2::ggplot(titles, ggplot2::aes(.data$x, .data$y)) +
    pictures +
    ggplot2::geom_text(ggplot2::aes(label = .data$title), size = 3, vjust = -0.5) +
    ggplot2::coord_fixed(
      xlim = c(0, max(left) + size[2L]),
      ylim = c(min(top) - size[1L], strip),
      expand = FALSE
    ) +
    plot_titles(preview$title, preview$subtitle) +
    ggplot2::theme_void() +
    ggplot2::theme(
      plot.background = white_background(),
      plot.margin = ggplot2::margin(6, 6, 6, 6),
      plot.title.position = "plot",
      plot.subtitle = ggplot2::element_text(margin = ggplot2::margin(2, 0, 4, 0))
    )
}

# Turn whole grey levels of shape (height, width, channels) into what R draws.
raster_of <- function(levels) {
  if (dim(levels)[3L] == 1L) {
    dim(levels) <- dim(levels)[1:2]
  }
  grDevices::as.raster(levels, max = 255)
}
