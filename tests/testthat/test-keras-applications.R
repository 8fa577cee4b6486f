skip_if_not_ready()

stand_in(
  "
import inspect

from tidycnn.core.engine import keras
from tidycnn.model.applications import APPLICATIONS


def keras_arguments(name):
    return list(inspect.signature(getattr(keras.applications, APPLICATIONS[name].function)).parameters)
"
)
keras_arguments <- function(name) unlist(call_py("keras_arguments", module = "stand_in"))

test_that("there is a function for every network of the table, with arguments that Keras has", {
  expect_setequal(APPLICATIONS, list_pretrained()$name)
  for (name in APPLICATIONS) {
    arguments <- names(formals(getExportedValue("tidycnn", paste0("application_", name))))
    expect_identical(setdiff(arguments, keras_arguments(name)), character(), label = name)
  }
})

test_that("networks take the arguments of the script", {
  small <- application_mobilenet_v3_small(
    input_shape = c(32, 32, 3),
    minimalistic = TRUE,
    include_top = FALSE,
    weights = NULL,
    pooling = "avg"
  )
  expect_s3_class(small, "tidycnn_model")
  expect_identical(utils::tail(list_layers(small)$output_shape, 1), "576")
  expect_error(
    application_vgg16(weights = NULL, input_shape = c(8, 8, 3), include_top = FALSE),
    "at least 32x32",
    class = "tidycnn_input_error"
  )
})

test_that("set.seed() rules what a network starts from", {
  first_weights <- function() {
    set.seed(3)
    model <- application_mobilenet_v2(c(32, 32, 3), alpha = 0.35, include_top = FALSE, weights = NULL)
    model$get_weights()[[1]]
  }
  expect_identical(first_weights(), first_weights())
})

test_that("pictures are normalised by the function of each network", {
  x <- array(c(0, 255, 51), c(1, 1, 1, 3))
  tf <- array(c(-1, 1, -0.6), dim(x))
  for (normalise in list(
    inception_resnet_v2_preprocess_input,
    inception_v3_preprocess_input,
    mobilenet_preprocess_input,
    mobilenet_v2_preprocess_input,
    nasnet_preprocess_input,
    resnet_v2_preprocess_input,
    xception_preprocess_input
  )) {
    expect_equal(normalise(x), tf)
  }
  expect_equal(resnet_preprocess_input(x), imagenet_preprocess_input(x, mode = "caffe"))
  expect_equal(densenet_preprocess_input(x), imagenet_preprocess_input(x, mode = "torch"))
  expect_error(xception_preprocess_input(array(0, c(2, 2, 1))), "three channels", class = "tidycnn_input_error")
})
