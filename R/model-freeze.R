#' Freeze the weights of layers
#'
#' Frozen layers do not learn, and normalisation in them uses its stored statistics. The model itself is changed; compile
#' it again if it is compiled.
#'
#' @param model A Keras model.
#' @param from The first layer to freeze: its name as [list_layers()] has it, the name of an inner model, or its position
#'   there. The first of the model where missing.
#' @param to The last layer to freeze, likewise. The last of the model where missing.
#' @returns The same model.
#' @examplesIf tidycnn_ready()
#' weather_cnn() |> freeze_weights(to = "conv_3") |> list_layers()
#' @family model
#' @export
freeze_weights <- function(model, from = NULL, to = NULL) {
  call_py("freeze_weights")
}

#' Unfreeze the weights of layers
#'
#' The counterpart of [freeze_weights()]: these layers learn again, all others stay as they are. The model itself is
#' changed; compile it again if it is compiled.
#'
#' @param model A Keras model.
#' @param from The first layer to unfreeze: its name as [list_layers()] has it, the name of an inner model, or its
#'   position there. The first of the model where missing.
#' @param to The last layer to unfreeze, likewise. The last of the model where missing.
#' @returns The same model.
#' @examplesIf tidycnn_ready()
#' weather_cnn() |> freeze_weights() |> unfreeze_weights("dense_1") |> list_layers()
#' @family model
#' @export
unfreeze_weights <- function(model, from = NULL, to = NULL) {
  call_py("unfreeze_weights")
}
