# Layers as steps of a pipe. Each is its signature and one line; what Keras takes is said in one place, on one page.

#' Layers of Keras
#'
#' A layer comes behind `object`: it is added to a sequential model, or applied to a tensor of a functional one. Where
#' there is no object, the layer itself is given. Numbers that Keras wants whole may be written `64`, several values are
#' written `c(3, 3)`.
#'
#' @param object A sequential model, a tensor, or for layers that join several a list of tensors.
#' @param filters How many filters a convolution has.
#' @param kernel_size,strides,pool_size,dilation_rate,depth_multiplier,padding,data_format Height and width of a window,
#'   its step, its spread, how many filters there are for each channel, `"valid"` or `"same"`, and the order of dimensions.
#' @param units How many units a dense layer has.
#' @param activation The name of an activation, such as `"relu"` or `"softmax"`.
#' @param use_bias Whether to add a bias.
#' @param kernel_initializer,bias_initializer,depthwise_initializer,pointwise_initializer Names of what weights start from.
#' @param kernel_regularizer,bias_regularizer,activity_regularizer As [regularizer_l2()] gives.
#' @param kernel_constraint,bias_constraint Names of constraints.
#' @param rate Share of values that are dropped in training.
#' @param noise_shape Which dimensions are dropped together.
#' @param axis The dimension that holds the channels.
#' @param momentum,epsilon,center,scale,beta_initializer,gamma_initializer,moving_mean_initializer,moving_variance_initializer
#'   Of the moving mean and variance.
#' @param alpha_initializer,alpha_regularizer,alpha_constraint,shared_axes Of slopes below zero that are learned, and the
#'   dimensions that have one in common.
#' @param alpha,max_value,negative_slope,threshold The slope below zero, where a rectifier is cut, and where it begins.
#' @param offset What is added behind the multiplication by `scale`.
#' @param keepdims Whether dimensions of size 1 are kept.
#' @param inputs Tensors, as a list; `object` by another name.
#' @param shape Height, width and channels of the input; `NA` stands for any size.
#' @param batch_shape The same with the size of the batch in front.
#' @param f,output_shape,mask,arguments A layer of code is refused: a model that carries code cannot be opened safely.
#' @param input_shape Height, width and channels of the images, for the first layer of a model; a later one may repeat it.
#' @param batch_input_shape,batch_size,dtype,name,trainable Of every layer of Keras.
#' @param seed Number that decides what is dropped; drawn from R's own stream where missing.
#' @returns The model, or the tensor behind the layer, or the layer.
#' @examplesIf tidycnn_ready()
#' model <- keras_model_sequential() |>
#'   layer_conv_2d(filters = 8, kernel_size = c(3, 3), activation = "relu", input_shape = c(32, 32, 3)) |>
#'   layer_max_pooling_2d(pool_size = c(2, 2)) |>
#'   layer_flatten() |>
#'   layer_dense(units = 4, activation = "softmax")
#' summary(model)
#' @family Keras floor
#' @name keras-layers
NULL

#' @rdname keras-layers
#' @export
layer_conv_2d <- function(
  object = NULL,
  filters,
  kernel_size,
  strides = c(1, 1),
  padding = "valid",
  data_format = NULL,
  dilation_rate = c(1, 1),
  activation = NULL,
  use_bias = TRUE,
  kernel_initializer = "glorot_uniform",
  bias_initializer = "zeros",
  kernel_regularizer = NULL,
  bias_regularizer = NULL,
  activity_regularizer = NULL,
  kernel_constraint = NULL,
  bias_constraint = NULL,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.Conv2D")
}

#' @rdname keras-layers
#' @export
layer_separable_conv_2d <- function(
  object = NULL,
  filters,
  kernel_size,
  strides = c(1, 1),
  padding = "valid",
  data_format = NULL,
  depth_multiplier = 1,
  dilation_rate = c(1, 1),
  activation = NULL,
  use_bias = TRUE,
  depthwise_initializer = "glorot_uniform",
  pointwise_initializer = "glorot_uniform",
  bias_initializer = "zeros",
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.SeparableConv2D")
}

#' @rdname keras-layers
#' @export
layer_max_pooling_2d <- function(
  object = NULL,
  pool_size = c(2, 2),
  strides = NULL,
  padding = "valid",
  data_format = NULL,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.MaxPooling2D")
}

#' @rdname keras-layers
#' @export
layer_average_pooling_2d <- function(
  object = NULL,
  pool_size = c(2, 2),
  strides = NULL,
  padding = "valid",
  data_format = NULL,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.AveragePooling2D")
}

#' @rdname keras-layers
#' @export
layer_global_average_pooling_2d <- function(
  object = NULL,
  data_format = NULL,
  keepdims = FALSE,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.GlobalAveragePooling2D")
}

#' @rdname keras-layers
#' @export
layer_global_max_pooling_2d <- function(
  object = NULL,
  data_format = NULL,
  keepdims = FALSE,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.GlobalMaxPooling2D")
}

#' @rdname keras-layers
#' @export
layer_zero_padding_2d <- function(
  object = NULL,
  padding = c(1, 1),
  data_format = NULL,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.ZeroPadding2D")
}

#' @rdname keras-layers
#' @export
layer_flatten <- function(
  object = NULL,
  data_format = NULL,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.Flatten")
}

#' @rdname keras-layers
#' @export
layer_dropout <- function(
  object = NULL,
  rate,
  noise_shape = NULL,
  seed = NULL,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.Dropout")
}

#' @rdname keras-layers
#' @export
layer_dense <- function(
  object = NULL,
  units,
  activation = NULL,
  use_bias = TRUE,
  kernel_initializer = "glorot_uniform",
  bias_initializer = "zeros",
  kernel_regularizer = NULL,
  bias_regularizer = NULL,
  activity_regularizer = NULL,
  kernel_constraint = NULL,
  bias_constraint = NULL,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.Dense")
}

#' @rdname keras-layers
#' @export
layer_activation <- function(
  object = NULL,
  activation,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.Activation")
}

#' @rdname keras-layers
#' @export
layer_activation_relu <- function(
  object = NULL,
  max_value = NULL,
  negative_slope = 0,
  threshold = 0,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.ReLU")
}

#' @rdname keras-layers
#' @export
layer_activation_leaky_relu <- function(
  object = NULL,
  alpha = 0.3,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.LeakyReLU")
}

#' @rdname keras-layers
#' @export
layer_activation_elu <- function(
  object = NULL,
  alpha = 1,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.ELU")
}

#' @rdname keras-layers
#' @export
layer_activation_parametric_relu <- function(
  object = NULL,
  alpha_initializer = "zeros",
  alpha_regularizer = NULL,
  alpha_constraint = NULL,
  shared_axes = NULL,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.PReLU")
}

#' @rdname keras-layers
#' @export
layer_activation_selu <- function(
  object = NULL,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  layer_activation(object, "selu", input_shape, batch_input_shape, batch_size, dtype, name, trainable)
}

#' @rdname keras-layers
#' @export
layer_activation_softmax <- function(
  object = NULL,
  axis = -1,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.Softmax")
}

#' @rdname keras-layers
#' @export
layer_batch_normalization <- function(
  object = NULL,
  axis = -1,
  momentum = 0.99,
  epsilon = 0.001,
  center = TRUE,
  scale = TRUE,
  beta_initializer = "zeros",
  gamma_initializer = "ones",
  moving_mean_initializer = "zeros",
  moving_variance_initializer = "ones",
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.BatchNormalization")
}

#' @rdname keras-layers
#' @export
layer_rescaling <- function(
  object = NULL,
  scale,
  offset = 0,
  input_shape = NULL,
  batch_input_shape = NULL,
  batch_size = NULL,
  dtype = NULL,
  name = NULL,
  trainable = NULL
) {
  call_layer("layers.Rescaling")
}

#' @rdname keras-layers
#' @export
layer_lambda <- function(object = NULL, f, output_shape = NULL, mask = NULL, arguments = NULL) {
  abort_input(
    "`layer_lambda()` is not part of tidycnn: a model that carries code of its own cannot be saved and opened safely.",
    hint = "Use a layer of Keras, such as `layer_rescaling()` or `layer_activation()`.",
    call = environment()
  )
}
