# What a training of the Keras floor gives: plain R values, which outlive Python.

new_training_history <- function(trained) {
  history <- trained$history
  names <- paste0(ifelse(history$data == "validation", "val_", ""), history$metric)
  metrics <- split(history$value, factor(names, unique(names)))
  structure(
    list(params = trained$params, metrics = metrics, history = history),
    class = "tidycnn_training_history"
  )
}

#' Look at a training of the Keras floor
#'
#' @param x,object A training history, as [fit_generator()] gives. `x$metrics` has a vector for each metric, where
#'   `acc` finds `accuracy`.
#' @param y,row.names,optional,... Not used.
#' @returns `tidy()` the history frame: `stage`, `epoch`, `data`, `metric`, `value`; `as.data.frame()` the same with the
#'   columns of R-Keras: `epoch`, `value`, `metric`, `data`; `glance()` one row; `autoplot()` and `plot()` a ggplot.
#' @examplesIf tidycnn_ready()
#' model <- keras_model_sequential(input_shape = 2) |> layer_dense(units = 1)
#' model |> compile(loss = "mse", optimizer = "sgd")
#' history <- model |> fit(matrix(runif(20), 10), matrix(runif(10), 10), epochs = 3)
#' tidy(history)
#' @family Keras floor
#' @name training-history
NULL

#' @rdname training-history
#' @export
tidy.tidycnn_training_history <- function(x, ...) {
  x$history
}

#' @rdname training-history
#' @export
glance.tidycnn_training_history <- function(x, ...) {
  last <- lapply(x$metrics, function(values) values[[length(values)]])
  tibble::new_tibble(c(list(epochs = count_epochs(x)), last), nrow = 1L)
}

#' @rdname training-history
#' @export
as.data.frame.tidycnn_training_history <- function(x, row.names = NULL, optional = FALSE, ...) {
  history <- x$history
  data.frame(
    epoch = history$epoch,
    value = history$value,
    metric = history$metric,
    data = factor(ifelse(history$data == "train", "training", "validation"), c("training", "validation"))
  )
}

#' @rdname training-history
#' @method autoplot tidycnn_training_history
#' @exportS3Method ggplot2::autoplot tidycnn_training_history
autoplot.tidycnn_training_history <- function(object, ...) {
  autoplot(object$history)
}

#' @rdname training-history
#' @export
plot.tidycnn_training_history <- function(x, y, ...) {
  autoplot(x$history)
}

#' @export
print.tidycnn_training_history <- function(x, ...) {
  epochs <- count_epochs(x)
  cat(
    "<training history: ",
    if (epochs == 0) "no" else epochs,
    if (epochs == 1) " epoch" else " epochs",
    ">\n",
    sep = ""
  )
  if (epochs > 0) {
    last <- vapply(x$metrics, function(values) signif(values[[length(values)]], 4), 0)
    cat(paste0("  ", format(names(last)), "  ", last, "\n"), sep = "")
  }
  invisible(x)
}

# Interrupted in its first epoch, a training has none.
count_epochs <- function(x) {
  length(unique(x$history$epoch))
}
