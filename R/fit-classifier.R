#' Make a classifier from a Keras model
#'
#' The door from the Keras floor to the tidy one: afterwards the model predicts whole frames of images. The model itself
#' is used, not a copy.
#'
#' @param model A built Keras model with one softmax unit per level, or one sigmoid unit for the second of two levels.
#' @param levels The labels, in the order of the model's units.
#' @param generator How the images were prepared when the model was trained: an image data generator (its augmentation
#'   has no say here), or the flow that the model was trained with. Where `NULL`, grey levels are divided by 255, unless
#'   the model scales them itself.
#' @param target_size Height and width of the images; the model's where not given.
#' @param color_mode `"rgb"`, `"rgba"` or `"grayscale"`; by the model's channels where not given.
#' @param interpolation How images are resized; `"bilinear"` where not given.
#' @param exif Whether pictures are turned as their EXIF data say; `FALSE` leaves them as they are stored, as Keras does.
#'   A flow has its own.
#' @returns A classifier.
#' @examplesIf tidycnn_ready()
#' as_classifier(cnn(c(32, 32, 3), classes = 2, seed = 1), c("cat", "dog"))
#' @family fit
#' @export
as_classifier <- function(
  model,
  levels,
  generator = NULL,
  target_size = NULL,
  color_mode = NULL,
  interpolation = NULL,
  exif = TRUE
) {
  call_py("as_classifier")
}
