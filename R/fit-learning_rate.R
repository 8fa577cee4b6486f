#' Find a learning rate at which a model learns
#'
#' A copy of the model is trained for some steps, each at a higher rate, until the loss diverges. Too low a rate leaves the
#' loss where it is; where the loss falls fastest, the model learns best. Give that rate to [fit_classifier()], and draw
#' the frame by [autoplot()] to see whether it is a good one. The model is not changed.
#'
#' @param model A Keras model, or a classifier, as [fit_classifier()] takes it.
#' @param images A frame of images, a folder with one subfolder per class, or a flow. Of a frame with `split` train rows
#'   alone are used.
#' @param generator How images are augmented and scaled, as [image_data_generator()] gives. Where `NULL`, grey
#'   levels are divided by 255, unless the model scales them itself.
#' @param target_size Height and width of the images; the model's where not given.
#' @param exif Whether pictures are turned as their EXIF data say; a flow has its own.
#' @param batch_size How many images one step sees; a flow has its own. The rate belongs to it: larger batches bear higher
#'   rates.
#' @param steps How many steps from the lowest to the highest rate. Images are shown again where there are fewer.
#' @param lowest,highest The first and the last learning rate; in between each step multiplies it by the same number.
#' @param optimizer The name of a Keras optimizer, or one, whose own learning rate does not count. A compiled model keeps
#'   its own unless this is another than `"adam"`.
#' @param loss The name of a Keras loss, or a function; chosen from the last layer where not given.
#' @param class_weight `"balanced"`, or how much an image counts by its label, such as `c(cat = 2)` (1 where not named).
#' @param control How it runs: kept pictures, broken files, precision and threads, as [fit_control()] gives.
#' @param progress Whether to show how far it has come.
#' @param seed Makes it repeatable: order and augmentation of images, and layers such as Dropout. Without it, it is drawn
#'   from R's own stream.
#' @returns A tibble with one row per step: `step`, `learning_rate`, the `loss` of its batch, the loss `smoothed` over the
#'   steps around, and whether its rate is `suggested`: that of one row, or of none where the loss does not fall.
#' @details
#' The range test of Smith (2017). Losses, twice the first at most, are smoothed with the weights of a normal curve whose
#' deviation is three steps. Suggested is the step before the lowest at which the smoothed loss falls fastest over the
#' logarithm of the rate; none where it falls by less than twice the scatter of the losses. The test ends where their
#' running mean is four times its lowest.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 16, size = 32, seed = 1)
#' model <- cnn(c(32, 32, 3), classes = 4, seed = 1)
#' rates <- find_learning_rate(model, images, steps = 40, batch_size = 8, seed = 1)
#' rates[rates$suggested, ]
#' unlink(folder, recursive = TRUE)
#' @family fit
#' @export
find_learning_rate <- function(
  model,
  images,
  generator = NULL,
  target_size = NULL,
  exif = TRUE,
  batch_size = 32,
  steps = 100,
  lowest = 1e-7,
  highest = 10,
  optimizer = "adam",
  loss = NULL,
  class_weight = NULL,
  control = fit_control(),
  progress = TRUE,
  seed = NULL
) {
  call_py("find_learning_rate")
}
