#' Score predictions, with intervals
#'
#' An accuracy alone says little: 66 right of 71 may come from a model that is right in 85 % of all cases, or in 97 %.
#' Every estimate therefore comes with its interval, and with the number of images and groups that it rests on.
#'
#' @param predictions One row an image with `label`, `.pred_class` and the probabilities `.pred_<label>`, as
#'   [predict_images()] gives. Rows without a label or a prediction are left out, and it is said how many.
#' @param metrics Names of metrics, all of [list_metrics()] that are marked as default where missing.
#' @param confidence How often such an interval covers the truth.
#' @param bootstraps How many samples are drawn again for intervals that have no formula.
#' @param group The column that tells which images belong together (copies of one photograph, images of one patient).
#'   It is used where it stands and is not all missing; rows without a group are then left out. `NULL` switches it off.
#' @param seed A whole number that makes the drawn samples repeatable.
#' @returns A tibble, one row a metric and, for metrics of a class, a class, the mean over classes (`macro`) and the
#'   mean weighted by the images of each class (`weighted`): `.metric`, `.class` (missing but for classes), `.estimator`
#'   (`overall`, `class`, `macro`, `weighted`), `.estimate`, `.lower`, `.upper`, `.confidence`, `.method` of the
#'   interval, `.n` and `.groups`, the images and groups that the estimate rests on (for the recall of a class, those of
#'   the class). Of a grouped frame (`dplyr::group_by()`) all this for each group, with its columns in front.
#' @details
#' Without groups, accuracy, precision, recall and specificity of a class are shares of images and have Wilson's
#' interval (`.method` is `wilson`); the rest has an interval by drawing images again (`bootstrap`).
#'
#' With groups, images of one group are no independent observations: 150 copies of one photograph are one. Estimates
#' still count every image once, but all intervals come from drawing whole groups again (`group bootstrap`), so large
#' groups weigh in the estimate and widen the interval.
#'
#' An interval by drawing again reaches so many standard errors to both sides as Student's t says for as many units
#' (groups, or images) as there are, counted as if they were of one size; of a class, those of the class; of a mean over
#' classes, by Welch and Satterthwaite. It is made on the logit scale (the logarithm for log loss), so that it stays
#' within the range of the metric. It does not depend on the order of the rows.
#'
#' Where drawing again shows no spread, as when all is right, there is no interval by it: a share of grouped images then
#' has Wilson's for as many observations as there are groups (`group wilson`), other metrics have none.
#'
#' A metric is missing where it divides by nothing: the precision of a class that is never predicted, the recall of a
#' class that never occurs. Means leave such classes out. F1 is 2 right / (images of the class + images predicted as
#' it), so a class that occurs and is never predicted has an F1 of 0. Intervals are missing where the estimate is.
#' @references Wilson (1927), \doi{10.1080/01621459.1927.10502953}; resampling of groups: Davison and Hinkley (1997),
#'   Bootstrap Methods and their Application, section 3.8; units of one size: Kish (1965), Survey Sampling, section 8.2;
#'   means over classes: Welch (1947), \doi{10.1093/biomet/34.1-2.28}; Matthews correlation of many classes: Gorodkin
#'   (2004), \doi{10.1016/j.compbiolchem.2004.09.006}; kappa: Cohen (1960), \doi{10.1177/001316446002000104}.
#' @examplesIf tidycnn_ready()
#' labels <- rep(c("cat", "dog"), each = 200)
#' answers <- rep(c("cat", "dog", "cat"), c(190, 200, 10))
#' score_predictions(data.frame(label = labels, .pred_class = answers), "accuracy")
#' @family evaluate
#' @export
score_predictions <- function(
  predictions,
  metrics = NULL,
  confidence = 0.95,
  bootstraps = 1000,
  group = "group",
  seed = NULL
) {
  call_py("score_predictions")
}

#' List the metrics
#'
#' @returns A tibble, one row a metric and kind of estimate: `metric`, `estimator` (`overall`, `class`, `macro`,
#'   `weighted`), `direction` (`maximize` or `minimize`), its range `minimum` and `maximum`, what it needs (`class` or
#'   `probabilities`), whether [score_predictions()] gives it by default, and its meaning.
#' @examplesIf tidycnn_ready()
#' list_metrics()
#' @family evaluate
#' @export
list_metrics <- function() {
  call_py("list_metrics")
}
