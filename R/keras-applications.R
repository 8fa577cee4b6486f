# Networks that Keras has ready, with weights learned on ImageNet where they can be fetched.

#' Networks of Keras
#'
#' Each is a model, which can stand as a layer in another: `keras_model_sequential() |> base_model()`.
#'
#' @param include_top Whether the head for the 1,000 labels of ImageNet is kept.
#' @param weights `"imagenet"` fetches weights learned there, once; a file has them; `NULL` starts from random ones.
#' @param input_tensor A tensor to build upon.
#' @param input_shape Height, width and channels of the images, where `include_top` is `FALSE`.
#' @param pooling `"avg"` or `"max"` in place of the head; none where `NULL`.
#' @param classes How many labels the head has, where it is not ImageNet's.
#' @param alpha,depth_multiplier,dropout The width of the network, how many filters there are for each channel, and the
#'   share of values that its head drops.
#' @returns A Keras model.
#' @examplesIf tidycnn_ready()
#' base_model <- application_mobilenet_v2(
#'   weights = NULL,
#'   include_top = FALSE,
#'   input_shape = c(96, 96, 3),
#'   alpha = 0.35
#' )
#' count_params(base_model)
#' @family Keras floor
#' @name keras-applications
NULL

#' @rdname keras-applications
#' @export
application_vgg16 <- function(
  include_top = TRUE,
  weights = "imagenet",
  input_tensor = NULL,
  input_shape = NULL,
  pooling = NULL,
  classes = 1000
) {
  call_keras("applications.VGG16")
}

#' @rdname keras-applications
#' @export
application_vgg19 <- function(
  include_top = TRUE,
  weights = "imagenet",
  input_tensor = NULL,
  input_shape = NULL,
  pooling = NULL,
  classes = 1000
) {
  call_keras("applications.VGG19")
}

#' @rdname keras-applications
#' @export
application_resnet50 <- function(
  include_top = TRUE,
  weights = "imagenet",
  input_tensor = NULL,
  input_shape = NULL,
  pooling = NULL,
  classes = 1000
) {
  call_keras("applications.ResNet50")
}

#' @rdname keras-applications
#' @export
application_inception_v3 <- function(
  include_top = TRUE,
  weights = "imagenet",
  input_tensor = NULL,
  input_shape = NULL,
  pooling = NULL,
  classes = 1000
) {
  call_keras("applications.InceptionV3")
}

#' @rdname keras-applications
#' @export
application_xception <- function(
  include_top = TRUE,
  weights = "imagenet",
  input_tensor = NULL,
  input_shape = NULL,
  pooling = NULL,
  classes = 1000
) {
  call_keras("applications.Xception")
}

#' @rdname keras-applications
#' @export
application_mobilenet <- function(
  input_shape = NULL,
  alpha = 1,
  depth_multiplier = 1,
  dropout = 0.001,
  include_top = TRUE,
  weights = "imagenet",
  input_tensor = NULL,
  pooling = NULL,
  classes = 1000
) {
  call_keras("applications.MobileNet")
}

#' @rdname keras-applications
#' @export
application_mobilenet_v2 <- function(
  input_shape = NULL,
  alpha = 1,
  include_top = TRUE,
  weights = "imagenet",
  input_tensor = NULL,
  pooling = NULL,
  classes = 1000
) {
  call_keras("applications.MobileNetV2")
}
