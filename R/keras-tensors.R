# What functional models need beside layers in a row: tensors to begin with, and layers that join several.

#' @rdname keras-layers
#' @export
layer_add <- function(
  inputs = NULL,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.Add")
}

#' @rdname keras-layers
#' @export
layer_concatenate <- function(
  inputs = NULL,
  axis = -1,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.Concatenate")
}

#' @rdname keras-layers
#' @export
layer_input <- function(shape = NULL, batch_shape = NULL, name = NULL, dtype = NULL) {
  call_engine(
    "make_input",
    list(
      arguments = Filter(Negate(is.null), list(shape = shape, batch_shape = batch_shape, name = name, dtype = dtype))
    ),
    "keras_floor.layers"
  )
}
