skip_if_not_ready()

test_that("a script of 2018 builds its network, by either pipe", {
  model <- keras_model_sequential() |>
    layer_conv_2d(filters = 32, kernel_size = c(3, 3), activation = "relu", input_shape = c(150, 150, 3)) |>
    layer_max_pooling_2d(pool_size = c(2, 2)) |>
    layer_conv_2d(filters = 32, kernel_size = c(3, 3), activation = "relu", input_shape = c(150, 150, 3)) |>
    layer_flatten() |>
    layer_dropout(rate = 0.4) |>
    layer_dense(units = 4, activation = "softmax")
  expect_s3_class(model, "tidycnn_model")
  layers <- summary(model)
  expect_identical(layers$type, c("Conv2D", "MaxPooling2D", "Conv2D", "Flatten", "Dropout", "Dense"))
  expect_identical(layers$kernel[[1]], "3 x 3")
  piped <- keras_model_sequential(input_shape = c(8, 8, 3)) %>% layer_flatten() %>% layer_dense(units = 2)
  expect_identical(count_params(piped), 386L)
})

test_that("layers are numbered anew where the session is cleared", {
  kept <- keras_model_sequential(input_shape = 3) |> layer_dense(units = 2)
  k_clear_session()
  expect_identical(layer_dense(units = 2)$name, "dense")
  expect_identical(dim(predict(kept, matrix(0, 4, 3))), c(4L, 2L))
})

test_that("a model is a step of a pipe", {
  base_model <- keras_model_sequential(input_shape = c(8, 8, 3)) |> layer_conv_2d(4, 3)
  model <- keras_model_sequential() %>% base_model
  expect_identical(dim(predict(model, array(0, c(2, 8, 8, 3)))), c(2L, 6L, 6L, 4L))
  layer <- layer_dense(units = 2)
  expect_identical(layer(layer_input(shape = 3))$shape[[2]], 2L)
})

test_that("layers behind tensors make a functional model, of any size where NA", {
  inputs <- layer_input(shape = c(NA, NA, 3))
  left <- inputs |> layer_conv_2d(4, 3, padding = "same") |> layer_batch_normalization() |> layer_activation_relu()
  right <- inputs |> layer_separable_conv_2d(4, c(3, 3), padding = "same") |> layer_activation("relu")
  outputs <- layer_add(list(left, right)) |>
    layer_average_pooling_2d() |>
    layer_global_average_pooling_2d() |>
    layer_dense(units = 2, activation = "softmax", kernel_regularizer = regularizer_l2(0.01))
  model <- keras_model(inputs, outputs)
  expect_identical(dim(predict(model, array(0, c(1, 10, 12, 3)))), c(1L, 2L))
  expect_identical(layer_concatenate(list(left, right))$shape[[4]], 8L)
})

test_that("every layer is made", {
  layers <- list(
    layer_global_max_pooling_2d(),
    layer_zero_padding_2d(),
    layer_activation_leaky_relu(),
    layer_activation_elu(),
    layer_activation_softmax(),
    layer_activation_selu(),
    layer_activation_parametric_relu(shared_axes = c(1, 2)),
    layer_rescaling(scale = 1 / 255)
  )
  for (layer in layers) {
    expect_s3_class(layer, "tidycnn_layer")
  }
  expect_s3_class(regularizer_l1(), "tidycnn_handle")
  expect_s3_class(regularizer_l1_l2(), "tidycnn_handle")
})

test_that("set.seed() rules initial weights", {
  weights <- lapply(c(1, 1, 2), function(seed) {
    set.seed(seed)
    keras_model_sequential(input_shape = 3) |> layer_dense(units = 2) |> predict(matrix(1, 1, 3))
  })
  expect_identical(weights[[1]], weights[[2]])
  expect_false(identical(weights[[1]], weights[[3]]))
  expect_identical(use_session_with_seed(3), 3)
})

test_that("what does not fit is said in the terms of the user's call", {
  expect_snapshot(error = TRUE, {
    layer_dense("64")
    layer_dense(keras_model_sequential(), units = -3)
    layer_conv_2d(keras_model_sequential(), 8, c(3, 3, 3, 3))
    layer_dense(keras_model_sequential())
    layer_dense(keras_model_sequential(), 2, activation = "rleu")
    layer_conv_2d(keras_model_sequential(), 8, 3, input_shape = c(150, 150), name = "first")
    layer_conv_2d(keras_model_sequential(input_shape = c(4, 4, 3)), 8, 9)
    layer_input("big")
    keras_model_sequential(3)
    optimizer_adam(lr = -1)
    count_params(keras_model_sequential(name = "empty") |> layer_flatten())
    layer_lambda(f = sum)
  })
})
