#' Compare classifiers on the same images
#'
#' Each is compared with the best of them, image by image: what is hard for both is no difference. Where images have
#' groups, such as copies of one photograph, whole groups are compared. A sentence says which the images cannot tell
#' apart. [autoplot()] draws the answer.
#'
#' @param ... Classifiers by the names that they shall have, such as `SGD = first, Adam = second`; or a named list of
#'   them, or what [fit_many()] gave.
#' @param images Images with labels to compare them on, best those of a test: a frame or a folder. Where not given, the
#'   images that all of them validated on; the fits have chosen by those, if they chose epochs or learning rates.
#' @param what `"scores"`, or `"history"`: the histories of all below each other, with the column `model`.
#' @param metrics Names of metrics, as [list_metrics()] lists them. The first is the one that the sentence is about.
#' @param confidence How often such an interval covers the truth.
#' @param bootstraps How many samples are drawn again for intervals that have no formula.
#' @param group The column that tells which images belong together, as in [score_predictions()]; `NULL` for none.
#' @param progress Whether to show how far the predictions have come.
#' @param seed Makes the drawn samples repeatable. Without it, it is drawn from R's own stream.
#' @returns A tibble, one row a model and metric: `model`, the columns of [score_predictions()], `.difference` (to the
#'   model that is best by this row, 0 for itself), and its paired interval `.difference_lower` to `.difference_upper`,
#'   which is missing where both say the same of all images.
#' @details
#' The best of many is likely to have had luck, so differences to it are rather too large than too small, and of many
#' intervals some miss the truth. Without groups, the interval of a difference of accuracies is that of Newcombe (1998),
#' Statistics in Medicine 17, 2635-2650, method 10; the others come from drawing the same images, or whole groups, again
#' for both.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 400, size = 32, seed = 1)
#' levels <- levels(images$label)
#' first <- as_classifier(cnn(c(32, 32, 3), classes = 4, seed = 1), levels)
#' second <- as_classifier(cnn(c(32, 32, 3), classes = 4, seed = 2), levels)
#' compare_fits(first = first, second = second, images = images, seed = 1)
#' unlink(folder, recursive = TRUE)
#' @family fit
#' @export
compare_fits <- function(
  ...,
  images = NULL,
  what = "scores",
  metrics = c("accuracy", "log_loss"),
  confidence = 0.95,
  bootstraps = 1000,
  group = "group",
  progress = TRUE,
  seed = NULL
) {
  call_py("compare_fits")
}
