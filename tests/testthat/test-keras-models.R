skip_if_not_ready()

test_that("compile() changes the model and gives it back invisibly", {
  model <- keras_model_sequential(input_shape = 4) |> layer_dense(units = 1)
  expect_false(model$compiled)
  expect_invisible(compile(model, loss = "mse", optimizer = optimizer_sgd(lr = 0.25), metrics = c("mae")))
  expect_true(model$compiled)
  expect_error(compile(model, loss = "mse", optimizer = "no optimizer"), class = "tidycnn_input_error")
  expect_error(compile(model, loss = function(y, p) 0, optimizer = "sgd"), "cannot be an R function")
})

test_that("a loss is a function, and stands for Keras's own", {
  right <- to_categorical(c(0, 1))
  given <- matrix(c(0.9, 0.2, 0.1, 0.8), 2)
  losses <- list(
    loss_categorical_crossentropy(right, given),
    loss_sparse_categorical_crossentropy(c(0, 1), given),
    loss_binary_crossentropy(right[, 2, drop = FALSE], given[, 2, drop = FALSE])
  )
  for (loss in losses) {
    expect_equal(as.vector(loss$numpy()), -log(c(0.9, 0.8)), tolerance = 1e-6)
  }
  model <- keras_model_sequential(input_shape = 4) |> layer_dense(units = 2, activation = "softmax")
  compile(model, loss = loss_categorical_crossentropy, optimizer = "sgd", metric = "accuracy")
  expect_identical(model$loss, "categorical_crossentropy")
})

test_that("layers are found by name and by position", {
  model <- weather_cnn()
  expect_identical(get_layer(model, index = 1)$name, get_layer(model, "conv_1")$name)
  expect_error(get_layer(model, index = 99), "from 1 to", class = "tidycnn_input_error")
})

test_that("a model comes back from a file", {
  model <- toy_floor_model()
  x <- array(runif(2 * 8 * 8 * 3), c(2, 8, 8, 3))
  for (suffix in c(".h5", ".keras")) {
    file <- withr::local_tempfile(fileext = suffix)
    expect_invisible(save_model_hdf5(model, file))
    expect_silent(loaded <- load_model_hdf5(file))
    expect_equal(predict(loaded, x), predict(model, x))
  }
  expect_error(load_model_hdf5("nowhere.h5"), "does not exist", class = "tidycnn_store_error")
  expect_error(load_model_hdf5(file, custom_objects = list()), "cannot be taken", class = "tidycnn_input_error")
})

test_that("weights are frozen by the positions and names of the script", {
  base_model <- application_vgg16(weights = NULL, include_top = FALSE, input_shape = c(32, 32, 3))
  model <- keras_model_sequential() |> base_model() |> layer_flatten() |> layer_dense(units = 2)
  freeze_weights(base_model)
  expect_identical(sum(list_layers(model)$trainable & list_layers(model)$parameters > 0), 1L)
  unfreeze_weights(base_model, from = "block5_conv1")
  learning <- list_layers(model)
  expect_identical(sum(learning$trainable & learning$parameters > 0), 4L)
})

test_that("networks that are ready have their parameters", {
  small <- application_mobilenet_v2(weights = NULL, include_top = FALSE, input_shape = c(96, 96, 3), alpha = 0.35)
  expect_identical(count_params(small), 410208L)
  expect_identical(count_params(application_mobilenet(c(32, 32, 3), weights = NULL, classes = 10)), 3239114L)
  large <- list(
    application_vgg19(weights = NULL, include_top = FALSE),
    application_resnet50(weights = NULL, include_top = FALSE),
    application_inception_v3(weights = NULL, include_top = FALSE),
    application_xception(weights = NULL, include_top = FALSE)
  )
  expect_identical(vapply(large, count_params, 0L), c(20024384L, 23587712L, 21802784L, 20861480L))
  expect_error(application_vgg16(weights = "nowhere"), "weights", class = "tidycnn_input_error")
})

test_that("maps of what the layers see are made as in scripts of 2018", {
  model <- blood_cells_small(c(64, 64, 3))
  layer_outputs <- lapply(model$layers[1:3], function(layer) layer$output)
  maps <- predict(keras_model(inputs = model$input, outputs = layer_outputs), array(0, c(1, 64, 64, 3)))
  expect_identical(lapply(maps, function(map) dim(map)[[1]]), list(1L, 1L, 1L))
  expect_identical(dim(maps[[1]])[[4]], 32L)
  expect_identical(model$output$shape[[2]], 4L)
})

test_that("a model of a session that has ended says so, and is still a step of a pipe", {
  kept <- withr::local_tempfile()
  saveRDS(list(model = weather_cnn(), layer = layer_flatten()), kept)
  gone <- readRDS(kept)
  expect_output(print(gone$model), "session that has ended")
  expect_output(str(gone$layer), "session that has ended")
  expect_error(list_layers(gone$model), "session that has ended", class = "tidycnn_input_error")
  expect_error(gone$layer(keras_model_sequential()), "session that has ended", class = "tidycnn_input_error")
})
