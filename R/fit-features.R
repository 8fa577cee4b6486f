#' Give what a layer of a network says of every image, as columns of numbers
#'
#' Other models learn from them: R's own, or those of any package. They are computed once: the next call on the same
#' images, by the same layers and weights, reads them from the cache.
#'
#' @param base A Keras model, mostly one without its last layers, or a classifier, whose images are prepared as it knows.
#' @param images A frame with `path` (labels are not needed), or a folder.
#' @param layer The layer whose output is taken: its name as [list_layers()] has it, the name of an inner model, or its
#'   position there. What the model itself gives where missing.
#' @param generator How images are scaled; never augmented here. Where `NULL`, grey levels are divided by 255, unless the
#'   model scales them itself. A classifier has its own.
#' @param target_size Height and width of the images; the model's where not given.
#' @param exif Whether pictures are turned as their EXIF data say. A classifier has its own.
#' @param pooling What becomes of maps: `"avg"` and `"max"` take the mean or the maximum of each channel, `"none"` all
#'   numbers.
#' @param on_error What happens when a file cannot be read any more: `"skip"` leaves its numbers missing, with a warning;
#'   `"stop"` is an error that names it.
#' @param control Of what [fit_control()] gives, `precision` and `threads`.
#' @param progress Whether to show how far the work has come.
#' @returns A tibble: the rows and the columns of `images` with a column `.x0001`, `.x0002` and so on for each number,
#'   missing where an image cannot be read. As a matrix:
#'   `as.matrix(features[startsWith(names(features), ".x")])`.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 8, size = 32, seed = 1)
#' model <- cnn(c(32, 32, 3), classes = 4, filters = 6, seed = 1)
#' features <- extract_features(model, images, layer = "pool_1")
#' prcomp(features[startsWith(names(features), ".x")])
#' unlink(folder, recursive = TRUE)
#' @family fit
#' @export
extract_features <- function(
  base,
  images,
  layer = NULL,
  generator = NULL,
  target_size = NULL,
  exif = TRUE,
  pooling = "avg",
  on_error = "skip",
  control = fit_control(),
  progress = TRUE
) {
  call_py("extract_features")
}
