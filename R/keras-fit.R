# Training, evaluating and predicting as scripts of R-Keras do: the model itself changes.

#' @importFrom generics evaluate
#' @export
generics::evaluate

#' Train a model on what a generator gives
#'
#' The model itself changes, as in Keras. Ctrl-C, SIGTERM and SIGHUP end the training: its history is returned, with a
#' warning. An error, such as one in a callback, is raised; the model keeps what it learned until then, and
#' `model$history$history` the metrics. Files that callbacks write are tried before the training. A prediction never
#' augments; an evaluation sees what the flow gives.
#'
#' Labels of a flow that validates, or is evaluated, must be those of the flow that trained, in the same order. An
#' evaluation warns of images that the model was trained on in this session.
#'
#' @param object A compiled Keras model.
#' @param generator A flow, as [flow_images_from_directory()] gives, or an R function without arguments that gives a list
#'   of pictures and targets. A function runs on the main thread, which is slower. What a network with several inputs or
#'   outputs takes is a list for each of the two; by the names of its inputs and outputs they may come in any order, and
#'   together in one list.
#' @param steps_per_epoch How many batches an epoch has, rounded down; one pass over the images where `NULL`.
#' @param epochs How many epochs.
#' @param verbose 0 shows no progress.
#' @param callbacks As [callback_early_stopping()] gives, one or a list.
#' @param view_metrics,max_queue_size,workers Taken as in 2018, and without effect.
#' @param validation_data A flow, an R function, or a list of `x` and `y`.
#' @param validation_steps How many batches are validated, rounded down; one pass where `NULL`.
#' @param class_weight How much images count, all by label or all by position from 0: `c(cats = 2)` or `list("0" = 2)`.
#'   Names that could be both are refused. `"balanced"` lets rare labels count as much as frequent ones.
#' @param initial_epoch The epoch to begin with, from 0.
#' @param steps How many batches; one pass where `NULL`.
#' @returns `fit_generator()` a training history, invisibly: `$metrics` has a vector for each metric, and `plot()`,
#'   `as.data.frame()`, [tidy()], [glance()] and `autoplot()` know it. `evaluate_generator()` a list of loss and metrics, of
#'   which `[` gives numbers; `acc` finds `accuracy`.
#'   `predict_generator()` a matrix with one row an image in the order of the flow's `$filenames`, whether it is shuffled
#'   or not, and one column a unit; a last share of a step counts as a batch. A file that cannot be read any more is an
#'   error, or a missing row with a warning where the flow has `on_error = "skip"`.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 16, size = 32, seed = 1)
#' flow <- flow_images_from_directory(
#'   folder,
#'   image_data_generator(rescale = 1 / 255),
#'   target_size = c(32, 32)
#' )
#' model <- keras_model_sequential(input_shape = c(32, 32, 3)) |>
#'   layer_flatten() |>
#'   layer_dense(units = 4, activation = "softmax")
#' model |> compile(loss = "categorical_crossentropy", optimizer = "rmsprop", metrics = "accuracy")
#' history <- model |> fit_generator(flow, epochs = 2)
#' history
#' evaluate_generator(model, flow)
#' dim(predict_generator(model, flow))
#' unlink(folder, recursive = TRUE)
#' @family Keras floor
#' @export
fit_generator <- function(
  object,
  generator,
  steps_per_epoch = NULL,
  epochs = 1,
  verbose = 1,
  callbacks = NULL,
  view_metrics = NULL,
  validation_data = NULL,
  validation_steps = NULL,
  class_weight = NULL,
  max_queue_size = 10,
  workers = 1,
  initial_epoch = 0
) {
  fit_model(
    object,
    generator,
    name = "generator",
    steps_per_epoch = steps_per_epoch,
    epochs = epochs,
    verbose = verbose,
    callbacks = callbacks,
    validation_data = validation_data,
    validation_steps = validation_steps,
    class_weight = class_weight,
    initial_epoch = initial_epoch
  )
}

#' @rdname fit_generator
#' @export
evaluate_generator <- function(object, generator, steps = NULL, max_queue_size = 10, workers = 1) {
  evaluate_model(object, generator, steps = steps, name = "generator")
}

#' @rdname fit_generator
#' @export
predict_generator <- function(object, generator, steps = NULL, max_queue_size = 10, workers = 1, verbose = 0) {
  predict_model(object, generator, steps = steps, verbose = verbose, name = "generator")
}

#' Use a model with R's generics, as scripts of R-Keras do
#'
#' `fit()` on a frame of images or a folder is [fit_classifier()], which gives a classifier; on a flow or on arrays it is
#' that of Keras, which changes the model itself and gives its history.
#'
#' @param object,x A Keras model; for `predict()` `x` is an array or a flow.
#' @param images Images: a frame as [image_table()] gives, an array with `y`, or a flow.
#' @param new_data An array or a flow; for `augment()` a flow. `predict()` calls it `x`, as R-Keras does.
#' @param y What the network learns, where pictures are an array. For several inputs or outputs both are lists: with the
#'   names of the inputs and outputs in any order, else in the order of the model. One list may hold all of them by name.
#' @param batch_size How many pictures one step sees, where they are an array.
#' @param verbose 0 shows no progress.
#' @param steps How many batches of a flow; one pass where `NULL`.
#' @param sample_weight How much each picture of an array counts.
#' @param ... For `fit()` further arguments of [fit_classifier()], or of [fit_generator()] and `batch_size`,
#'   `validation_split`, `shuffle`, `sample_weight`; `epochs` are 10 then.
#' @returns `fit()` a classifier, or a training history, invisibly; `evaluate()` a list of loss and metrics; `predict()` a
#'   matrix with one row a picture, of a flow in the order of `$filenames`; `augment()` the images of the flow with their
#'   predictions, as of [predict_images()]; `tidy()` and `summary()` the layers.
#' @examplesIf tidycnn_ready()
#' x <- array(runif(40 * 8 * 8), c(40, 8, 8, 1))
#' y <- to_categorical(rep(0:1, 20))
#' model <- keras_model_sequential(input_shape = c(8, 8, 1)) |>
#'   layer_flatten() |>
#'   layer_dense(units = 2, activation = "softmax")
#' model |> compile(loss = "categorical_crossentropy", optimizer = "adam", metrics = "accuracy")
#' model |> fit(x, y, epochs = 2, batch_size = 10, validation_split = 0.2)
#' evaluate(model, x, y)
#' @family Keras floor
#' @name model-methods
NULL

#' @rdname model-methods
#' @export
fit.tidycnn_model <- function(object, images, ...) {
  if (!missing(images) && (is.data.frame(images) || is.character(images))) {
    return(fit_classifier(object, images, ...))
  }
  if (missing(images)) fit_model(object, ...) else fit_model(object, images, ...)
}

#' @rdname model-methods
#' @export
evaluate.tidycnn_model <- function(
  x,
  new_data,
  y = NULL,
  batch_size = NULL,
  verbose = 1,
  sample_weight = NULL,
  steps = NULL,
  ...
) {
  rlang::check_dots_empty()
  evaluate_model(x, new_data, y, batch_size, sample_weight, steps, "new_data")
}

# Scripts write `evaluate(model, x = x_test)`, and R then dispatches on what is called `x`.

#' @export
evaluate.array <- function(x, ...) {
  given <- list(...)
  model <- match(TRUE, vapply(given, inherits, TRUE, "tidycnn_model"))
  if (is.na(model)) {
    abort_input("`evaluate()` needs a model beside the array.", call = environment())
  }
  do.call(evaluate.tidycnn_model, c(list(given[[model]], x), given[-model]), quote = TRUE)
}

#' @export
evaluate.tidycnn_flow <- evaluate.array

#' @rdname model-methods
#' @export
predict.tidycnn_model <- function(object, x, batch_size = NULL, verbose = 0, steps = NULL, ...) {
  rlang::check_dots_empty()
  predict_model(object, x, batch_size, verbose, steps)
}

#' @rdname model-methods
#' @export
augment.tidycnn_model <- function(x, new_data, ...) {
  call_engine("augment_model", list(model = x, flow = new_data), "keras_floor.prediction", environment())
}

# --- of models of any package ----------------------------------------------------------------------------------------

evaluate_model <- function(
  object,
  x,
  y = NULL,
  batch_size = NULL,
  sample_weight = NULL,
  steps = NULL,
  name = "x",
  call = parent.frame()
) {
  values <- call_engine(
    "evaluate_model",
    list(
      model = object,
      x = x,
      y = y,
      batch_size = batch_size,
      steps = steps,
      sample_weight = sample_weight,
      name = name
    ),
    "keras_floor.prediction",
    call
  )
  structure(as.list(values), class = c("tidycnn_evaluation", "list"))
}

# A list, as scripts of 2018 read it; later ones take numbers out of a vector: `found["accuracy"] * 100`. Accuracy is found
# by either of its names.

#' @export
`[.tidycnn_evaluation` <- function(x, i) {
  wanted <- either_name(x, i)
  if (is.character(wanted) && !all(wanted %in% names(x))) {
    abort_input(
      "There is no metric %s.",
      quoted(setdiff(wanted, names(x))),
      hint = paste0("There are ", quoted(names(x)), "."),
      call = environment()
    )
  }
  unlist(unclass(x)[wanted])
}

#' @export
`[[.tidycnn_evaluation` <- function(x, i) {
  unclass(x)[[either_name(x, i)]]
}

#' @export
`$.tidycnn_evaluation` <- function(x, name) {
  x[[name]]
}

either_name <- function(x, names) {
  if (!is.character(names)) {
    return(names)
  }
  aliases <- c(acc = "accuracy", accuracy = "acc")
  is_other <- !names %in% names(x) & aliases[names] %in% names(x)
  ifelse(is_other, aliases[names], names)
}

#' @export
print.tidycnn_evaluation <- function(x, ...) {
  print(unclass(x), ...)
  invisible(x)
}

predict_model <- function(
  object,
  x,
  batch_size = NULL,
  verbose = 0,
  steps = NULL,
  name = "x",
  call = parent.frame()
) {
  call_engine(
    "predict_model",
    list(model = object, x = x, batch_size = batch_size, steps = steps, progress = verbose > 0, name = name),
    "keras_floor.prediction",
    call
  )
}

# The order of the arguments is that of fit() in R-Keras.
fit_model <- function(
  object,
  x,
  y = NULL,
  batch_size = NULL,
  epochs = 10,
  verbose = 1,
  callbacks = NULL,
  view_metrics = NULL,
  validation_split = 0,
  validation_data = NULL,
  shuffle = TRUE,
  class_weight = NULL,
  sample_weight = NULL,
  initial_epoch = 0,
  steps_per_epoch = NULL,
  validation_steps = NULL,
  name = "x",
  call = parent.frame()
) {
  is_named <- !is.null(class_weight) && !identical(class_weight, "balanced")
  trained <- call_engine(
    "fit_model",
    list(
      model = object,
      x = x,
      y = y,
      batch_size = batch_size,
      epochs = epochs,
      steps_per_epoch = steps_per_epoch,
      callbacks = callbacks,
      validation_split = validation_split,
      validation_data = validation_data,
      validation_steps = validation_steps,
      shuffle = shuffle,
      class_weight = if (is_named) as.list(class_weight) else class_weight,
      sample_weight = sample_weight,
      initial_epoch = initial_epoch,
      progress = !identical(as.numeric(verbose), 0),
      seed = fresh_seed(),
      name = name
    ),
    "keras_floor.training",
    call
  )
  invisible(new_training_history(trained))
}
