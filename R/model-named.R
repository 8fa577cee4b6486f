#' Build the small network for blood cells
#'
#' Four convolutions of 32, 32, 64 and 128 filters with pooling, a dense layer of 64 units, dropout of 0.2. With the
#' shape and classes of the source it has 504,228 parameters.
#'
#' @inheritParams cnn
#' @returns A Keras model, not compiled.
#' @examplesIf tidycnn_ready()
#' blood_cells_small(c(96, 96, 3), seed = 1)
#' @family model
#' @export
blood_cells_small <- function(input_shape = c(150, 150, 3), classes = 4, head = "softmax", seed = NULL) {
  call_py("blood_cells_small")
}

#' Build the deep network for blood cells
#'
#' Five convolutions of 32, 64, 64, 128 and 128 filters with pooling, dropout of 0.4, dense layers of 512 and 128 units.
#' With the shape and classes of the source it has 606,596 parameters.
#'
#' @inheritParams cnn
#' @returns A Keras model, not compiled.
#' @examplesIf tidycnn_ready()
#' blood_cells_deep(seed = 1)
#' @family model
#' @export
blood_cells_deep <- function(input_shape = c(150, 150, 3), classes = 4, head = "softmax", seed = NULL) {
  call_py("blood_cells_deep")
}

#' Build the network for weather photographs
#'
#' Three convolutions of 32, 32 and 64 filters in steps of 3 pixels, the first padded and with dropout of 0.2, the
#' others with pooling; a dense layer of 512 units. With the shape and classes of the source it has 162,276 parameters.
#'
#' @inheritParams cnn
#' @returns A Keras model, not compiled.
#' @examplesIf tidycnn_ready()
#' weather_cnn(seed = 1)
#' @family model
#' @export
weather_cnn <- function(input_shape = c(224, 224, 3), classes = 4, head = "softmax", seed = NULL) {
  call_py("weather_cnn")
}
