#' Draw a frame, a classifier or a flow
#'
#' Methods of [ggplot2::autoplot()]: load ggplot2, and whatever the other functions return can be drawn. The same
#' frames, titles and colours are drawn by `autoplot()` in Python.
#'
#' @param object Class counts or an images frame (bars), a history or a classifier (lines), a confusion matrix or
#'   predictions (a heat map), scores (points with intervals), a flow (pictures of its first batch). The kind of a frame
#'   is told from its columns.
#' @param ... Not used.
#' @returns A ggplot.
#' @details
#' Of more than 40 labels, bars are drawn for the 20 with the most and the 20 with the fewest images; of more than 12
#' classes, scores are drawn for the 5 lowest of each metric. The subtitle then says so. The best epoch is the one with
#' the lowest validation loss. Counts are written into the cells of a confusion matrix up to 25 labels, shares up to 12.
#' Colours are those of Okabe and Ito (2008), which colour-blind people can tell apart.
#' @examplesIf rlang::is_installed("ggplot2")
#' library(ggplot2)
#' counts <- data.frame(label = c("cat", "dog"), split = "train", n = c(30, 10), share = c(0.75, 0.25))
#' autoplot(counts)
#' @family report
#' @name autoplot
NULL

#' @rdname autoplot
#' @method autoplot data.frame
#' @exportS3Method ggplot2::autoplot data.frame
autoplot.data.frame <- function(object, ...) {
  draw <- frame_drawers[[kind_of_frame(object)]]
  if (is.null(draw)) {
    cli::cli_abort(
      c(
        "{.arg object} must be a frame of a kind that can be drawn ({.or {.val {names(frame_drawers)}}}),
         not one with the columns {.field {names(object)}}.",
        i = "{.fn class_counts}, {.fn confusion_matrix} and {.fn score_predictions} give such frames."
      ),
      class = c("tidycnn_input_error", "tidycnn_error")
    )
  }
  if (nrow(object) == 0L) {
    cli::cli_abort(
      "{.arg object} must have at least one row to be drawn.",
      class = c("tidycnn_input_error", "tidycnn_error")
    )
  }
  draw(as.data.frame(object))
}

#' @rdname autoplot
#' @method autoplot tidycnn_classifier
#' @exportS3Method ggplot2::autoplot tidycnn_classifier
autoplot.tidycnn_classifier <- function(object, ...) {
  history <- object$history
  if (nrow(history) == 0L) {
    cli::cli_abort(
      c(
        "{.arg object} must be a classifier that was fitted: this one has no history.",
        i = "{.fn list_layers} describes its model."
      ),
      class = c("tidycnn_input_error", "tidycnn_error")
    )
  }
  draw_history(history, images = images_of_fit(object$images))
}

#' @rdname autoplot
#' @method autoplot tidycnn_history
#' @exportS3Method ggplot2::autoplot tidycnn_history
autoplot.tidycnn_history <- function(object, ...) {
  autoplot.data.frame(tidy(object))
}

#' @rdname autoplot
#' @method autoplot tidycnn_flow
#' @exportS3Method ggplot2::autoplot tidycnn_flow
autoplot.tidycnn_flow <- function(object, ...) {
  show_batch(object)
}

# A frame is of the first kind whose columns it has.
kind_of_frame <- function(frame) {
  kinds <- list(
    scores = c(".metric", ".estimate"),
    confusion = c("label", ".pred_class", "n", "share"),
    predictions = c("path", ".pred_class"),
    history = c("stage", "epoch", "data", "metric", "value"),
    counts = c("label", "n", "share"),
    images = "path"
  )
  has_columns <- vapply(kinds, function(columns) all(columns %in% names(frame)), logical(1))
  names(kinds)[has_columns][1L]
}

frame_drawers <- list(
  counts = function(frame) draw_counts(frame),
  images = function(frame) draw_counts(class_counts(frame)),
  history = function(frame) draw_history(frame),
  confusion = function(frame) draw_confusion(frame),
  predictions = function(frame) draw_confusion(confusion_matrix(frame)),
  scores = function(frame) draw_scores(frame)
)

images_of_fit <- function(images) {
  n <- table(factor(images[["split"]], c("train", "validation")))
  n <- n[n > 0L]
  if (length(n) > 0L) {
    paste(paste(big_number(n), names(n), collapse = " and "), "images")
  }
}
