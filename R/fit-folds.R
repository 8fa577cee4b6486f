#' Fit a model once for every fold, and predict each image by the fit that did not see it
#'
#' The images of a fold are held out while those of the other folds train. They validate too, so with `patience` or
#' `reduce_lr` they have a say in the fit that predicts them, and scores look a little too good: give a share of the
#' training images as `validation`, such as 0.15, and held-out images have no say in anything.
#'
#' @param model A Keras model, or the name of a builder such as `"blood_cells_small"`, which is built for the images, with
#'   first weights that follow from the seed.
#' @param folds Images with the column `fold`, as [vfold_images()] gives. Those without a fold are left out.
#' @param ... Further arguments of [fit_classifier()], the same for all fits.
#' @param folder Where the fits keep themselves, and the same call goes on from there. Where not given, they are kept
#'   until the session ends.
#' @param overwrite Whether to begin again where `folder` has fits.
#' @param control How the fits run: of `fit_control(workers)` at once, each in a process of its own, where it is above 1.
#' @param progress Whether to show how far the fits have come.
#' @param seed Makes the fits and the intervals repeatable. Without it, it is drawn from R's own stream.
#' @returns The fits: `$predictions` is a tibble of the images that have a fold, in their order and with the column `fold`,
#'   each with the prediction of the fit that did not train on it; `$scores` are their scores with intervals, by whole
#'   groups where there are groups, and of each repetition where there are several; `$fits`, `$classifier(2)`,
#'   `$classifiers` and `$history` are those of [fit_many()]. Images of a fold whose fit failed are left out.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' folds <- vfold_images(make_blood_cells(folder, n = 16, size = 32, seed = 1), v = 2, seed = 1)
#' model <- cnn(c(32, 32, 3), classes = 4, filters = 4, units = NULL, seed = 1)
#' validated <- fit_folds(model, folds, epochs = 1, seed = 1)
#' validated$predictions
#' unlink(folder, recursive = TRUE)
#' @family fit
#' @export
fit_folds <- function(
  model,
  folds,
  ...,
  folder = NULL,
  overwrite = FALSE,
  control = fit_control(),
  progress = TRUE,
  seed = NULL
) {
  call_py("fit_folds")
}
