# The generics of R on our own classes. They call our verbs; nothing is computed here.

#' @importFrom generics fit
#' @export
generics::fit

#' @importFrom generics tidy
#' @export
generics::tidy

#' @importFrom generics glance
#' @export
generics::glance

#' @importFrom generics augment
#' @export
generics::augment

#' Use a classifier with R's generics
#'
#' `predict()` gives one row per image in the order of `new_data`; `augment()` adds the predictions to `new_data`, which
#' is [predict_images()]; `tidy()` gives the layers, which is [list_layers()]; `glance()` sums up the fit in one row;
#' `plot()` draws its history, as [autoplot()] does.
#'
#' @param object,x A classifier, as [fit_classifier()] and [load_classifier()] give. `tidy()` takes a model too.
#' @param new_data Images: a frame with `path`, one path, or a folder.
#' @param type `"class"` for the most probable label, `"prob"` for the probability of every label.
#' @param ... Further arguments of [predict_images()].
#' @returns A tibble. `predict()`: the column `.pred_class`, or one column `.pred_<level>` per level. `glance()`:
#'   `parameters`, `epochs`, `best_epoch`, `val_loss`, `val_accuracy`, `seconds`, `seed`, `images`, `groups`.
#' @examplesIf tidycnn_ready()
#' images <- make_blood_cells(file.path(tempdir(), "cells-predict"), n = 8, seed = 1)
#' classifier <- fit_classifier(cnn(c(32, 32, 3), classes = 4, seed = 1), images, epochs = 1, seed = 1)
#' predict(classifier, images, type = "prob")
#' glance(classifier)
#' @family fit
#' @name classifier-methods
NULL

#' @rdname classifier-methods
#' @importFrom stats predict
#' @export
predict.tidycnn_classifier <- function(object, new_data, type = c("class", "prob"), ...) {
  force(new_data)
  type <- rlang::arg_match(type)
  columns <- list(class = ".pred_class", prob = paste0(".pred_", object$levels))
  predict_images(object, new_data, ...)[columns[[type]]]
}

#' @rdname classifier-methods
#' @export
augment.tidycnn_classifier <- function(x, new_data, ...) {
  force(new_data)
  predict_images(x, new_data, ...)
}

#' @rdname classifier-methods
#' @export
plot.tidycnn_classifier <- function(x, ...) {
  autoplot(x)
}

#' @rdname classifier-methods
#' @export
tidy.tidycnn_classifier <- function(x, ...) {
  list_layers(call_engine("model_of", list(classifier = x), module = "fit.classifier", call = environment()))
}

#' @rdname classifier-methods
#' @export
tidy.tidycnn_model <- function(x, ...) {
  call_engine("list_layers", list(model = x), call = environment())
}

#' @rdname classifier-methods
#' @export
glance.tidycnn_classifier <- function(x, ...) {
  glance_classifier(x)
}

#' @export
summary.tidycnn_classifier <- function(object, ...) {
  glance_classifier(object)
}

#' @export
summary.tidycnn_model <- function(object, ...) {
  call_engine("list_layers", list(model = object), call = environment())
}

glance_classifier <- function(classifier) {
  call_py("glance_classifier", module = "fit.classifier")
}
