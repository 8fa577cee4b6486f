#' Build a network that learned on ImageNet, to put a head on
#'
#' Every network of `keras.applications` is there, without its top. Its first layers do to grey levels (0 to 255) what the
#' network wants, so that it takes images as they are, and whatever is made of it carries them along: images must not be
#' scaled before.
#'
#' @param name The network, such as `"vgg16"` or `"mobilenet_v2"`; [list_pretrained()] shows all.
#' @param weights `"imagenet"` for those learned there, which Keras keeps below `KERAS_HOME` or `~/.keras` and fetches once
#'   where it can; a file that has them (`.h5`, `.weights.h5` or `.keras`), which is checked to be what Keras publishes
#'   where it bears such a name; `NULL` for random ones.
#' @param input_shape Height, width and channels of the images; the size that the weights were learned on where not given.
#' @param pooling `"avg"` or `"max"` for a row of numbers an image, the mean or maximum of each map; `NULL` for the maps.
#' @param alpha The width of the network, where it has several; 1 where not given.
#' @param seed Number from which random weights follow; drawn where it is missing.
#' @returns A Keras model, not compiled, all of which learns: [freeze_weights()] freezes it.
#' @examplesIf tidycnn_ready()
#' base <- pretrained("mobilenet_v2", weights = NULL, input_shape = c(96, 96, 3), alpha = 0.35, seed = 1)
#' model <- keras_model_sequential() |>
#'   base() |>
#'   layer_global_average_pooling_2d() |>
#'   layer_dense(units = 4, activation = "softmax")
#' freeze_weights(model, to = base$name)
#' @family model
#' @export
pretrained <- function(
  name,
  weights = "imagenet",
  input_shape = NULL,
  pooling = NULL,
  alpha = NULL,
  seed = NULL
) {
  call_py("pretrained")
}

#' List the networks that learned on ImageNet
#'
#' @param name Some of them; all where not given.
#' @param measure Whether to measure how many images each looks at in a second on this machine, at its own size. A large
#'   one takes half a minute and more.
#' @returns A tibble, one row for each network and width: `name`, `alpha` (missing where there is one width), `parameters`
#'   without top, `depth` (how many convolutions and dense layers lie behind one another), `height` and `width` of the
#'   images that it learned on, `least` (the smallest height and width that it takes), `preprocessing` (what its first
#'   layers do to grey levels: `"caffe"` subtracts the means and puts blue first, `"tf"` scales to -1 to 1, `"torch"` to
#'   means of 0 and deviations of 1, `"included"` is the network's own), `weights`, the `file` of these, `here` (whether
#'   Keras has that file on this machine), and `images_per_second` where `measure` asks for it.
#' @examplesIf tidycnn_ready()
#' list_pretrained(c("vgg16", "resnet50"))
#' @family model
#' @export
list_pretrained <- function(name = NULL, measure = FALSE) {
  call_py("list_pretrained")
}
