#' Predict the class of every image
#'
#' Every row of `images` stands in the answer, in its place: images that cannot be read have missing predictions, and
#' `status` says what is wrong with them. Images are sized and scaled as they were for the fit, and never augmented.
#'
#' @param classifier A classifier, as [fit_classifier()], [load_classifier()] or [as_classifier()] gives.
#' @param images A frame with `path` (labels are not needed), one path or several, a folder, or a flow.
#' @param batch_size How many images are predicted at once; a flow has its own.
#' @param on_error What happens when a file cannot be read any more: `"skip"` leaves its prediction missing, with a
#'   warning; `"stop"` is an error that names it.
#' @param progress Whether to show how far the work has come.
#' @returns The rows and columns of `images` with `.pred_class` (a factor with the levels of the classifier) and one
#'   probability `.pred_<level>` per level. Where the classifier was trained on some of them, `.trained` tells which rows
#'   are of a file, or identical to one, that trained it; [score_predictions()] warns of them.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 8, size = 32, seed = 1)
#' classifier <- as_classifier(cnn(c(32, 32, 3), classes = 4, seed = 1), levels(images$label))
#' predict_images(classifier, images)
#' unlink(folder, recursive = TRUE)
#' @family fit
#' @export
predict_images <- function(classifier, images, batch_size = 32, on_error = "skip", progress = TRUE) {
  call_py("predict_images")
}
