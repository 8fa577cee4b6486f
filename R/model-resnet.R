#' Build a residual network for small images
#'
#' Three stages of residual blocks, each stage at half the resolution of the one before. Version 1 has two convolutions a
#' block, version 2 has three with normalisation before each. With the defaults it has 274,442 parameters.
#'
#' @param input_shape Height, width and channels of the images; at least 4 pixels each way.
#' @param classes How many labels there are.
#' @param depth How many layers with weights lie behind one another: 6n + 2 in version 1 (8, 14, 20, ...), 9n + 2 in
#'   version 2 (11, 20, 29, ...).
#' @param version 1 or 2.
#' @param head `"softmax"` gives one unit a class; `"sigmoid"` gives one unit for two classes, the probability of the
#'   second.
#' @param seed Number from which initial weights follow; drawn where it is missing.
#' @returns A Keras model, not compiled.
#' @examplesIf tidycnn_ready()
#' resnet_cifar(depth = 8, seed = 1)
#' @family model
#' @export
resnet_cifar <- function(
  input_shape = c(32, 32, 3),
  classes = 10,
  depth = 20,
  version = 1,
  head = "softmax",
  seed = NULL
) {
  call_py("resnet_cifar")
}
