# Models of the Keras floor: made step by step, compiled in place, kept in Keras's own files. The pipe of magrittr came
# with R-Keras, and its scripts count on it.

#' @importFrom generics compile
#' @export
generics::compile

#' @importFrom magrittr %>%
#' @export
magrittr::`%>%`

#' Make a model that is a row of layers
#'
#' @param layers Layers, as a list; none to begin with where `NULL`.
#' @param name The name of the model.
#' @param input_shape Height, width and channels of the images; the first layer may say it instead.
#' @returns A Keras model, which the `layer_*()` functions add to.
#' @examplesIf tidycnn_ready()
#' keras_model_sequential(input_shape = c(32, 32, 3)) |>
#'   layer_flatten() |>
#'   layer_dense(units = 2, activation = "softmax")
#' @family Keras floor
#' @export
keras_model_sequential <- function(layers = NULL, name = NULL, input_shape = NULL) {
  call_engine(
    "make_sequential",
    list(layers = layers, input_shape = input_shape, name = name),
    "keras_floor.layers",
    environment()
  )
}

#' Make a model of tensors
#'
#' @param inputs A tensor, as [layer_input()] gives, or a list of them.
#' @param outputs What the layers behind it give.
#' @param name The name of the model.
#' @returns A Keras model.
#' @examplesIf tidycnn_ready()
#' inputs <- layer_input(shape = c(32, 32, 3))
#' outputs <- inputs |> layer_global_average_pooling_2d() |> layer_dense(units = 2, activation = "softmax")
#' keras_model(inputs, outputs)
#' @family Keras floor
#' @export
keras_model <- function(inputs, outputs, name = NULL) {
  call_keras("Model")
}

#' Compile a model
#'
#' Changes the model itself, as Keras does.
#'
#' @param object A Keras model.
#' @param optimizer The name of an optimizer, or one, as [optimizer_adam()] gives.
#' @param loss The name of a loss, such as `"categorical_crossentropy"`, or [loss_categorical_crossentropy] itself.
#'   For a model with several outputs a list of them, by the names of the outputs or in their order.
#' @param metrics Names of metrics, such as `"accuracy"`; or such a list, in which outputs may lack.
#' @param loss_weights How much the loss of each output counts, likewise.
#' @param ... Further arguments of Keras's `compile()`.
#' @returns The model, invisibly.
#' @examplesIf tidycnn_ready()
#' model <- keras_model_sequential(input_shape = 4) |> layer_dense(units = 1)
#' model |> compile(loss = "mse", optimizer = optimizer_sgd(lr = 0.01), metrics = "mae")
#' @family Keras floor
#' @export
compile.tidycnn_model <- function(
  object,
  optimizer = "rmsprop",
  loss = NULL,
  metrics = NULL,
  loss_weights = NULL,
  ...
) {
  arguments <- list(model = object, optimizer = optimizer, loss = loss, metrics = metrics, loss_weights = loss_weights)
  invisible(call_engine("compile_model", c(arguments, list(...)), "keras_floor.training", environment()))
}

#' Forget what Keras counted
#'
#' Layers that are made afterwards are numbered from the beginning again. Models that R holds stay as they are.
#'
#' @returns Nothing, invisibly.
#' @examplesIf tidycnn_ready()
#' k_clear_session()
#' @family Keras floor
#' @export
k_clear_session <- function() {
  call_keras("utils.clear_session")
  invisible()
}

#' Find a layer of a model
#'
#' @param object A Keras model.
#' @param name The name of the layer.
#' @param index Its position, from 1, where there is no name.
#' @returns The layer.
#' @examplesIf tidycnn_ready()
#' get_layer(blood_cells_small(), index = 1)$name
#' @family Keras floor
#' @export
get_layer <- function(object, name = NULL, index = NULL) {
  call_py("get_layer", module = "keras_floor.layers")
}

#' Count the parameters of a model or layer
#'
#' @param object A Keras model or layer.
#' @returns How many weights it has.
#' @examplesIf tidycnn_ready()
#' count_params(blood_cells_small())
#' @family Keras floor
#' @export
count_params <- function(object) {
  call_py("count_params", module = "keras_floor.layers")
}

#' Keep a model in a file of Keras
#'
#' [save_classifier()] keeps the labels and the preprocessing as well, which a model alone knows nothing of.
#'
#' @param object A Keras model.
#' @param filepath The file: `.h5` and `.hdf5` are Keras's format of 2018, `.keras` is today's.
#' @param overwrite Whether a file that stands there is replaced.
#' @param include_optimizer Taken as in 2018; the optimizer is kept with the model where it is compiled.
#' @param custom_objects Refused: a model that carries code of its own is not opened.
#' @param compile Whether the model is compiled as it was.
#' @returns `save_model_hdf5()` the model, invisibly; `load_model_hdf5()` a model.
#' @examplesIf tidycnn_ready()
#' file <- tempfile(fileext = ".h5")
#' save_model_hdf5(weather_cnn(), file)
#' load_model_hdf5(file)
#' @family Keras floor
#' @export
save_model_hdf5 <- function(object, filepath, overwrite = TRUE, include_optimizer = TRUE) {
  call_engine(
    "save_model_file",
    list(object = object, filepath = filepath, overwrite = overwrite),
    "keras_floor.files",
    environment()
  )
  invisible(object)
}

#' @rdname save_model_hdf5
#' @export
load_model_hdf5 <- function(filepath, custom_objects = NULL, compile = TRUE) {
  if (!is.null(custom_objects)) {
    abort_input(
      "`custom_objects` cannot be taken: a model that carries code of its own is not opened.",
      hint = "Load it with Keras itself, in Python or by reticulate.",
      call = environment()
    )
  }
  call_engine(
    "load_model_file",
    list(filepath = filepath, compile = compile),
    "keras_floor.files",
    environment()
  )
}
