#' Train a model on images
#'
#' A copy of the model is trained, so the same line run twice gives the same result. Of a frame with `split`, train rows
#' train, validation rows validate, and test rows are never read. A callback that sets `stop_training` of the model ends
#' the fit: `callback_lambda(on_epoch_end = function(epoch, logs) if (logs$loss < 0.1) model$stop_training <- TRUE)`.
#' Before the first step it looks for mistakes as [preflight()] does, and warns of them.
#'
#' What was learned is not lost. Ctrl-C, SIGTERM and SIGHUP end the fit early: the classifier learned so far is
#' returned, with a warning, and the process goes on, so that the next line can save it. So does an error once an epoch
#' is complete, such as one in a callback or of a file that cannot be read any more: the warning says what it was. An
#' error in the first epoch is raised.
#'
#' @section Schedules:
#' Each step learns at the learning rate times a factor f of the time t, the epochs that have passed: epoch + step / steps,
#' both from 0. With `warmup` (0 epochs) f rises evenly to 1 before (Goyal and others 2017); `epochs` are those of the fit
#' where not given. The rate of each epoch's last step stands in the history.
#'
#' - `"cosine"`: with s from 0 to 1 in each of so many `cycles` (1) behind the warm-up,
#'   f = final + (1 - final) (1 + cos(pi s)) / 2, `final` being 0 (Loshchilov and Hutter 2017).
#' - `"one_cycle"`: f goes along half a wave from `first` (0.04) to 1 within `warmup` epochs (0.3 of all), then to `final`
#'   (4e-6), as Smith (2018) and Smith and Topin (2019) have it; momentum stays.
#' - `"exponential"`: f = factor^((t - warmup) / every), `factor` being 0.95 and `every` 1 epoch.
#' - `"step"`: when `at` epochs have passed (half and three quarters of all, He and others 2016), the rate is multiplied by
#'   `factor` (0.1). Several `factor` are the shares of the learning rate from each `at` on, such as
#'   `list(name = "step", at = c(80, 120, 160, 180), factor = c(1e-1, 1e-2, 1e-3, 5e-4))`.
#'
#' @param model A Keras model, compiled or not: of a builder such as [cnn()], or any other with one unit per label, or
#'   one sigmoid unit for two labels. A compiled model keeps its optimizer, loss and metrics where they are not given.
#'   Of a classifier the fit goes on from its model, on images with the same labels and preparation.
#' @param images A frame of images, a folder with one subfolder per class, or a flow. Every row trains where there is no
#'   `split`.
#' @param validation A frame, a folder, a flow, or the share of the training images to set apart, such as 0.2 (groups
#'   stay together). Where not given, the rows of `images` whose `split` is validation, else the
#'   generator's `validation_split`. A warning tells of files, copies of them and groups that train too.
#' @param generator How images are augmented and scaled, as [image_data_generator()] gives; validation images are only
#'   scaled. Where `NULL`, grey levels are divided by 255, unless the model scales them itself. With a preprocessing
#'   function written in R the fit is slower.
#' @param target_size Height and width of the images; the model's where not given.
#' @param exif Whether pictures are turned as their EXIF data say, which the column `orientation` tells, or left as they
#'   are stored; a flow has its own.
#' @param batch_size How many images one step sees; a flow has its own.
#' @param epochs How many epochs at most.
#' @param steps_per_epoch How many batches one epoch has, rounded down; as many as show every image once where not
#'   given.
#' @param optimizer The name of a Keras optimizer, or one. A compiled model keeps its own unless this is another than
#'   `"adam"`.
#' @param learning_rate The learning rate; the optimizer's own where not given.
#' @param loss The name of a Keras loss, or a function; chosen from the last layer where not given.
#' @param metrics The names of Keras metrics.
#' @param patience Stop after that many epochs without a lower loss (on the validation images, where there are any), and
#'   keep the weights of the best epoch, also where the fit runs to its end.
#' @param reduce_lr Reduce the learning rate after that many epochs without a lower loss; or named values of `factor`
#'   (0.1), `patience`, `min_delta`, `cooldown` and `min_lr`.
#' @param schedule How the learning rate goes through the fit: `"cosine"` falls to 0 along half a wave, `"one_cycle"` rises
#'   to the learning rate and falls again, `"exponential"` falls by a factor each epoch, `"step"` at some epochs; or named
#'   values of `name` and its settings, as the section on schedules says. Not together with `reduce_lr`.
#' @param stop_at Thresholds by metric, such as `c(val_accuracy = 0.94)`: the fit stops after the epoch that reaches all
#'   of them, and keeps that epoch's weights.
#' @param class_weight `"balanced"`, or how much an image counts by its label, such as `c(cat = 2)` (1 where not named).
#' @param callbacks Keras callbacks of your own. Files that they write are tried before anything else.
#' @param folder Where the fit keeps itself. The same call goes on from there, whatever ended it, to the same end as if
#'   nothing had; with more `epochs` it goes on to those (with a `schedule` that has `epochs`, `warmup` and `at` of its
#'   own, because else it would be another one); of a fit that has ended it gives the classifier at once. Another fit, or
#'   another version, is refused. Without a `seed` it is the seed of the fit that is there.
#' @param overwrite Whether to begin again where `folder` has a fit.
#' @param control How the fit runs: kept pictures, broken files, precision, threads, devices, and whether in a process of
#'   its own, as [fit_control()] gives.
#' @param progress Whether to show how far the fit has come.
#' @param seed Makes the fit repeatable: order and augmentation of images, and layers such as Dropout. Without it, it is
#'   drawn from R's own stream.
#' @returns A classifier: it has `$model`, `$levels`, `$preprocessing`, `$history` and the `$images` it saw. With
#'   `fit_control(background = TRUE)` a job at once, of which [job_result()] gives the classifier.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 8, size = 32, seed = 1)
#' model <- cnn(c(32, 32, 3), classes = 4, seed = 1)
#' classifier <- fit_classifier(model, images, validation = 0.25, epochs = 1, seed = 1)
#' classifier$history
#' unlink(folder, recursive = TRUE)
#' @family fit
#' @export
fit_classifier <- function(
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
  patience = NULL,
  reduce_lr = NULL,
  schedule = NULL,
  stop_at = NULL,
  class_weight = NULL,
  callbacks = NULL,
  folder = NULL,
  overwrite = FALSE,
  control = fit_control(),
  progress = TRUE,
  seed = NULL
) {
  call_py("fit_classifier")
}
