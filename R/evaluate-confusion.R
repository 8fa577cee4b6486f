#' Count how often each label is taken for each other
#'
#' Look here before reading one accuracy: it shows which labels are mixed up.
#'
#' @param predictions One row an image with `label` and `.pred_class`, as [predict_images()] gives. Rows without a label
#'   or a prediction are left out, and it is said how many.
#' @returns A tibble, one row a pair of levels: `label` (the truth), `.pred_class`, `n` (images), `share` (of the images
#'   of that label, missing where there are none). Pairs that never occur have 0. Of a grouped frame
#'   (`dplyr::group_by()`) all this for each group, with its columns in front.
#' @examplesIf tidycnn_ready()
#' predictions <- data.frame(label = c("cat", "cat", "dog"), .pred_class = c("cat", "dog", "dog"))
#' confusion_matrix(predictions)
#' @family evaluate
#' @export
confusion_matrix <- function(predictions) {
  call_py("confusion_matrix")
}

#' Report precision, recall and F1 of every class
#'
#' @param predictions One row an image with `label` and `.pred_class`, as [predict_images()] gives. Rows without a label
#'   or a prediction are left out, and it is said how many.
#' @returns A tibble, one row a class, then the accuracy and the averages: `label` (missing but for classes),
#'   `estimator` (`class`, `overall`, `macro`, `weighted`), `precision`, `recall`, `f1`, `support` (images of the
#'   class). In the row `overall` all three are the accuracy, to which each comes when every image counts alike. What
#'   divides by nothing is missing, and averages leave it out. Intervals come from [score_predictions()].
#'   Of a grouped frame (`dplyr::group_by()`) all this for each group, with its columns in front.
#' @examplesIf tidycnn_ready()
#' predictions <- data.frame(label = c("cat", "cat", "dog"), .pred_class = c("cat", "dog", "dog"))
#' classification_report(predictions)
#' @family evaluate
#' @export
classification_report <- function(predictions) {
  call_py("classification_report")
}
