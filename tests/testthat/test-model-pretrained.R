skip_if_not_ready()

small_base <- function(...) {
  pretrained("mobilenet_v2", weights = NULL, input_shape = c(32, 32, 3), alpha = 0.35, seed = 1, ...)
}

test_that("a network stands in a model as any base, and is frozen by its blocks", {
  base <- small_base()
  model <- keras_model_sequential() |>
    base() |>
    layer_global_average_pooling_2d() |>
    layer_dense(units = 2, activation = "softmax")
  suppressMessages(unfreeze_weights(freeze_weights(model), block = c("block_16", "head")))
  learning <- list_trainable(model)
  expect_identical(unique(learning$block[learning$trainable]), c("block_16", "head"))
  expect_false(any(learning$trainable & learning$type == "BatchNormalization"))
  classifier <- suppressMessages(as_classifier(model, c("cat", "dog")))
  expect_null(classifier$preprocessing$rescale)
  expect_message(as_classifier(model, c("cat", "dog")), "the model scales them itself, by its layer")
})

test_that("one seed gives the same weights", {
  expect_identical(small_base()$get_weights(), small_base()$get_weights())
})

test_that("what cannot be built is refused in the words of R", {
  file <- "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.5_224_no_top.h5"
  path <- file.path(withr::local_tempdir(), file)
  writeLines("weights", path)
  expect_snapshot(
    error = TRUE,
    {
      pretrained("vgg17")
      pretrained("vgg16", weights = NULL, input_shape = c(32, 32, 1))
      pretrained("vgg16", weights = NULL, input_shape = c(31, 32, 3))
      pretrained("vgg16", weights = NULL, alpha = 0.5)
      pretrained("mobilenet_v2", weights = path, alpha = 0.35)
      pretrained("vgg16", weights = "nowhere.h5")
    }
  )
})

test_that("weights that cannot be fetched are named with their place", {
  home <- withr::local_tempdir()
  withr::local_envvar(KERAS_HOME = home)
  stand_in(
    "
import os

from keras.src.utils import file_utils


def fail(*given):
    raise OSError('no network')


def refuse_to_fetch(home):
    os.environ['KERAS_HOME'] = home
    file_utils.urlretrieve = fail
"
  )
  call_engine("refuse_to_fetch", list(home = home), "stand_in")
  expect_error(
    suppressMessages(pretrained("vgg19")),
    "Put the file 'vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5' \\(hash 253f8cb515780f3b799900260a226db6\\) into",
    class = "tidycnn_dependency_error"
  )
})

test_that("the networks are a tibble", {
  networks <- list_pretrained(c("vgg16", "MobileNetV2"))
  expect_s3_class(networks, "tbl_df")
  expect_identical(unique(networks$name), c("vgg16", "mobilenet_v2"))
  expect_identical(networks$alpha, c(NA, 0.35, 0.5, 0.75, 1, 1.3, 1.4))
  expect_identical(networks$parameters[1], 14714688L)
  expect_type(networks$here, "logical")
  expect_error(list_pretrained("vgg17"), "`name` must be one of", class = "tidycnn_input_error")
})
