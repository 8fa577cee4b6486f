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
  rlang::check_installed("ggplot2", "to draw.")
  draw_figure(call_py("batch_figure", module = "report.figures"))
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
  rlang::check_installed("ggplot2", "to draw.")
  draw_figure(call_py("augmentation_figure", module = "report.figures"))
}
