#' Build a convolutional network from vectors
#'
#' A block is a convolution, then pooling, then dropout. Every argument of the blocks takes one value for each block, or
#' one for all of them; the longest says how many blocks there are. Behind the blocks come a flattening, the hidden
#' dense layers and the head. Weights start as He et al. (2015) advise for rectifiers, and as Glorot and Bengio (2010)
#' do for other activations, the head and the first convolution, each filter of which sums to zero.
#'
#' @param input_shape Height, width and channels of the images.
#' @param classes How many labels there are.
#' @param filters How many filters each convolution has.
#' @param kernel_size Height and width of the convolution's window, in pixels.
#' @param strides Step of the convolution, in pixels.
#' @param padding `"valid"` lets a convolution lose the border, `"same"` pads it with zeros.
#' @param pool_size Height and width of the maximum pooling behind each convolution; 1 leaves it out.
#' @param dropout Share of values that are dropped behind each block in training; 0 leaves it out.
#' @param units Units of the hidden dense layers, one number for each layer; none where empty or missing.
#' @param dense_dropout Share of values that are dropped behind each hidden dense layer in training.
#' @param activation Name of the activation of convolutions and hidden dense layers.
#' @param head `"softmax"` gives one unit a class; `"sigmoid"` gives one unit for two classes, the probability of the
#'   second.
#' @param name Name of the model.
#' @param seed Number from which initial weights and dropout follow; drawn where it is missing.
#' @returns A Keras model, not compiled.
#' @examplesIf tidycnn_ready()
#' model <- cnn(c(32, 32, 3), classes = 2, filters = c(8, 16), units = 16, seed = 1)
#' list_layers(model)
#' @family model
#' @export
cnn <- function(
  input_shape = c(150, 150, 3),
  classes = 4,
  filters = c(32, 64, 128),
  kernel_size = 3,
  strides = 1,
  padding = "valid",
  pool_size = 2,
  dropout = 0,
  units = 64,
  dense_dropout = 0,
  activation = "relu",
  head = "softmax",
  name = "cnn",
  seed = NULL
) {
  call_py("cnn")
}
