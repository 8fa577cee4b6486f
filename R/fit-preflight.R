#' Look for mistakes before a fit, and tell what it costs
#'
#' Takes those arguments of [fit_classifier()] that decide what is learned from what. Nothing is learned: the model stays
#' as it is, and nothing is written but to the cache.
#' [fit_classifier()] looks for the same, but for what has to be measured: errors stop it, and it warns of warnings.
#'
#' @param model A Keras model, compiled or not, or a classifier.
#' @param images A frame of images, a folder with one subfolder per class, or a flow.
#' @param validation A frame, a folder, a flow, or the share of the training images to set apart.
#' @param generator How images are augmented and scaled. Where `NULL`, grey levels are divided by 255, unless the model
#'   scales them itself.
#' @param target_size Height and width of the images; the model's where not given.
#' @param exif Whether pictures are turned as their EXIF data say.
#' @param batch_size How many images one step sees.
#' @param epochs How many epochs at most.
#' @param steps_per_epoch How many batches one epoch has; as many as show every image once where not given.
#' @param optimizer The name of a Keras optimizer, or one.
#' @param learning_rate The learning rate; the optimizer's own where not given.
#' @param loss The name of a Keras loss, or a function; chosen from the last layer where not given.
#' @param metrics The names of Keras metrics.
#' @param class_weight `"balanced"`, or how much an image counts by its label.
#' @param control How the fit runs, as [fit_control()] gives.
#' @param progress Whether to show how far looking at the files has come.
#' @param seed Which images a share to validate on takes, and how the pictures that are looked at are augmented. Without
#'   it, it is drawn from R's own random numbers.
#' @returns A tibble, one row per finding, the worst first: `check` (such as `scaling`, `last layer`, `loss`, `labels`,
#'   `strides`, `frozen layers`, `shared images`, `imbalance`, `validation`, `steps`, `memory`, `time`), `severity`
#'   (`error`: it cannot be trained; `warning`: probably a mistake; `note`: to be known), `message`, and `remedy`, what to
#'   do about it. In Spanish where R or the system speaks Spanish, else in English.
#' @examplesIf tidycnn_ready()
#' images <- make_blood_cells(tempfile(), n = 8, size = 32, seed = 1)
#' model <- cnn(c(32, 32, 3), 4, filters = 4, units = NULL, seed = 1)
#' preflight(model, images, seed = 1)
#' @family fit
#' @export
preflight <- function(
  model,
  images,
  validation = NULL,
  generator = NULL,
  target_size = NULL,
  exif = TRUE,
  batch_size = 32,
  epochs = 20,
  steps_per_epoch = NULL,
  optimizer = "adam",
  learning_rate = NULL,
  loss = NULL,
  metrics = "accuracy",
  class_weight = NULL,
  control = fit_control(),
  progress = TRUE,
  seed = NULL
) {
  call_py("preflight")
}
