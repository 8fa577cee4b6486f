#' Fit a model for every row of a frame of arguments
#'
#' Each row is a call of [fit_classifier()]. A fit that fails is told with its error and ends no other. Decoded pictures
#' are kept on the disk and shared by all fits, where `control` says nothing else.
#'
#' @param grid One row a fit, such as [expand.grid()] makes. The columns are arguments of [fit_classifier()], such as
#'   `optimizer`, `learning_rate`, `batch_size` or `target_size` (one number: as high as wide); what is missing in a row is
#'   not given. `model` and `generator` are named there, as the arguments below say.
#' @param images The images of all fits, as [fit_classifier()] takes them.
#' @param ... Further arguments of [fit_classifier()], the same for all fits.
#' @param model The network of all fits; or several in a list, by the names that the column `model` of `grid` has. Builders
#'   need not be given: `"blood_cells_small"`, `"blood_cells_deep"`, `"weather_cnn"`, `"resnet_cifar"` and `"cnn"` are known
#'   by their names, and built for the images, with first weights that follow from the seed of the fit.
#' @param generator How images are augmented and scaled; or several ways in a list, by the names that the column
#'   `generator` of `grid` has. Where `NULL`, grey levels are divided by 255, unless the model scales them itself.
#' @param seeds How many times each row is fitted, with a seed of its own each time, the same ones for all rows.
#' @param folder Where the fits keep themselves, and the same call goes on from there: what is finished is not fitted
#'   again. A row is known by what it asks, so rows can be added, left out or put in another order. Where not given, they
#'   are kept until the session ends.
#' @param overwrite Whether to begin again where `folder` has fits.
#' @param control How the fits run: of `fit_control(workers)` at once, each in a process of its own, where it is above 1.
#'   A fit then has its share of the processors, with which its numbers are rounded in another way; a folder remembers how
#'   many threads its fits have. R functions, callbacks and flows cannot be given to other processes. A session that runs
#'   many fits itself takes more and more memory; with several workers it does not.
#' @param progress Whether to show how far the fits have come.
#' @param seed Makes the fits repeatable. Without it, it is drawn from R's own stream.
#' @returns The fits: `$fits` is a tibble of them with one row each (`.fit`, the columns of `grid`, `.seed`, `.status`,
#'   `.epochs`, `.best_epoch`, `.val_loss`, `.val_accuracy`, `.seconds`, `.parameters`, `.error`), `$classifier(3)` loads
#'   the classifier of the third, `$classifiers` those of all that are finished, by what tells them apart, `$history` is
#'   their histories, which [autoplot()] draws.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 8, size = 32, seed = 1)
#' model <- cnn(c(32, 32, 3), classes = 4, filters = 4, units = NULL, seed = 1)
#' grid <- data.frame(optimizer = c("sgd", "adam"))
#' many <- fit_many(grid, images, model = model, validation = 0.25, epochs = 1, seed = 1)
#' many$fits
#' unlink(folder, recursive = TRUE)
#' @family fit
#' @export
fit_many <- function(
  grid,
  images,
  ...,
  model = NULL,
  generator = NULL,
  seeds = 1,
  folder = NULL,
  overwrite = FALSE,
  control = fit_control(),
  progress = TRUE,
  seed = NULL
) {
  call_py("fit_many")
}
