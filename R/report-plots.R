#' Draw a frame, a classifier or a flow
#'
#' Whatever the other functions return can be drawn. These are methods of [ggplot2::autoplot()], which `autoplot()` calls,
#' so it does not matter whether ggplot2 is loaded. `autoplot()` in Python draws the same from the same data.
#'
#' @param object Class counts or an images frame (bars), a history or a classifier (lines), a confusion matrix or
#'   predictions (a heat map), scores (points with intervals), a comparison (differences to the best), learning rates (a
#'   line), a flow (pictures of its first batch). The kind of a frame is told from its columns.
#' @param ... Not used.
#' @returns A ggplot, to which layers and themes can be added. Its `data` has one row for each thing that is drawn.
#' @details
#' Of more than 40 labels, bars are drawn for the 20 with the most and the 20 with the fewest images; of more than 12
#' classes, scores are drawn for the 5 lowest of each metric. The subtitle then says so. The best epoch is the one with
#' the lowest validation loss. Histories below each other, with a further column that names each, have a colour each, and
#' so have scores; of counts and confusion matrices only one is drawn. Counts are written into the cells of a confusion
#' matrix up to 25 labels, shares up to 12.
#' Colours are those of Okabe and Ito (2008), which colour-blind people can tell apart.
#' @examplesIf tidycnn_ready() && rlang::is_installed("ggplot2")
#' counts <- data.frame(label = c("cat", "dog"), split = "train", n = c(30, 10), share = c(0.75, 0.25))
#' autoplot(counts)
#' @family report
#' @export
autoplot <- function(object, ...) {
  rlang::check_installed("ggplot2", "to draw.")
  # Messages name the function by this call.
  autoplot <- ggplot2::autoplot
  autoplot(object, ...)
}

#' @rdname autoplot
#' @method autoplot data.frame
#' @exportS3Method ggplot2::autoplot data.frame
autoplot.data.frame <- function(object, ...) {
  autoplot_figure(object, environment())
}

#' @rdname autoplot
#' @method autoplot tidycnn_classifier
#' @exportS3Method ggplot2::autoplot tidycnn_classifier
autoplot.tidycnn_classifier <- function(object, ...) {
  autoplot_figure(object, environment())
}

#' @rdname autoplot
#' @method autoplot tidycnn_flow
#' @exportS3Method ggplot2::autoplot tidycnn_flow
autoplot.tidycnn_flow <- function(object, ...) {
  autoplot_figure(object, environment())
}

autoplot_figure <- function(object, call) {
  draw_figure(call_engine("plain_figure", list(object = object), module = "report.figures", call = call))
}
