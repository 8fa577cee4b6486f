#' List the layers of a model
#'
#' @param model A Keras model. The layers of a model inside it are listed too, as `inner/layer`.
#' @returns A tibble, one row a layer, in the model's order: `layer`, `type`, `output_shape` (`"148 x 148 x 32"`, without
#'   the batch, `?` for a size that varies), `parameters`, `trainable`, `kernel` and `strides` (`"3 x 3"`; the window of
#'   a pooling too), `padding`, and `receptive_field`: how many pixels of the image one unit depends on, along the longer
#'   side, padding counted; missing where that is not known.
#' @examplesIf tidycnn_ready()
#' list_layers(weather_cnn())
#' @family model
#' @export
list_layers <- function(model) {
  call_py("list_layers")
}
