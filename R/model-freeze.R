#' Freeze the weights of layers
#'
#' Frozen layers do not learn, and batch normalisation in them uses its stored statistics, also while the layers around it
#' learn. All layers that are not asked for stay as they are (in R-Keras those outside of the range are turned around). The
#' model itself is changed; compile it again if it is compiled.
#'
#' @param model A Keras model. Bases that stand in it as one layer are reached like its own layers.
#' @param from The first layer to freeze: its name as [list_layers()] has it, the name of an inner model, or its position
#'   there, a negative one from the end. The first of the model where missing.
#' @param to The last layer to freeze, likewise. The last of the model where missing.
#' @param which The layers to freeze, instead of a range: their names, their positions, or a logical vector with a value
#'   for each layer.
#' @param block The blocks to freeze, instead, such as `"block5"`; [list_trainable()] shows them.
#' @returns The same model.
#' @examplesIf tidycnn_ready()
#' weather_cnn() |> freeze_weights(to = "conv_3") |> list_layers()
#' @family model
#' @export
freeze_weights <- function(model, from = NULL, to = NULL, which = NULL, block = NULL) {
  call_py("freeze_weights")
}

#' Unfreeze the weights of layers
#'
#' The counterpart of [freeze_weights()]: these layers learn again, all others stay as they are. Batch normalisation that
#' is frozen stays so and goes on with its stored statistics: those of small batches would undo what a pretrained network
#' has learned. The model itself is changed; compile it again if it is compiled.
#'
#' @param model A Keras model. Bases that stand in it as one layer are reached like its own layers.
#' @param from The first layer to unfreeze: its name as [list_layers()] has it, the name of an inner model, or its
#'   position there, a negative one from the end. The first of the model where missing.
#' @param to The last layer to unfreeze, likewise. The last of the model where missing.
#' @param which The layers to unfreeze, instead of a range: their names, their positions, or a logical vector with a value
#'   for each layer. Batch normalisation that is named here is unfrozen too.
#' @param block The blocks to unfreeze, instead, such as `"block5"`; [list_trainable()] shows them.
#' @param batch_normalization Whether batch normalisation is unfrozen too, so that it learns and follows the batches.
#' @returns The same model.
#' @examplesIf tidycnn_ready()
#' weather_cnn() |> freeze_weights() |> unfreeze_weights("dense_1") |> list_layers()
#' @family model
#' @export
unfreeze_weights <- function(
  model,
  from = NULL,
  to = NULL,
  which = NULL,
  block = NULL,
  batch_normalization = FALSE
) {
  call_py("unfreeze_weights")
}

#' List which layers learn
#'
#' @param model A Keras model. The layers of a model inside it are listed too, as `inner/layer`.
#' @returns A tibble, one row per layer that has parameters, in the model's order: `layer`, `block` (the stretch of the
#'   network that it belongs to, by the names of layers or else between poolings; `"head"` behind the base), `type`,
#'   `parameters`, `learned` (how many of these are learned: of batch normalisation half, none of what is frozen) and
#'   `trainable`.
#' @examplesIf tidycnn_ready()
#' blood_cells_small() |> freeze_weights(block = c("block1", "block2")) |> list_trainable()
#' @family model
#' @export
list_trainable <- function(model) {
  call_py("list_trainable")
}
