skip_if_not_ready()

test_that("generator_next() gives batches without end", {
  x <- array(as.double(0:4), c(5, 1, 1, 1))
  flow <- flow_images_from_data(x, 0:4, batch_size = 3, shuffle = FALSE)
  batches <- replicate(3, generator_next(flow), simplify = FALSE)
  expect_identical(lapply(batches, function(batch) dim(batch[[1]])[[1]]), list(3L, 2L, 3L))
  expect_equal(batches[[3]], batches[[1]])
  flow$reset()
  expect_equal(generator_next(flow), batches[[1]])
})

test_that("a cache changes no picture", {
  images <- local_toy_images()
  generator <- image_data_generator(rotation_range = 20)
  flows <- lapply(list(FALSE, "memory"), function(cache) {
    flow_images(images, generator, target_size = c(8, 8), cache = cache, seed = 1)
  })
  flows[[2]]$batch(0, 0)
  expect_equal(flows[[1]]$batch(0, 0), flows[[2]]$batch(0, 0))
})

# What the tests of keras for R asked of its generators, and those of keras3 skip.

test_that("arrays train, evaluate and predict through a generator that learned from them", {
  x <- array(runif(40 * 8 * 8 * 3, 0, 255), c(40, 8, 8, 3))
  y <- to_categorical(rep(0:3, 10), 4)
  generator <- image_data_generator(
    featurewise_center = TRUE,
    featurewise_std_normalization = TRUE,
    rotation_range = 20,
    width_shift_range = 0.2,
    horizontal_flip = TRUE
  )
  generator %>% fit_image_data_generator(x)
  model <- keras_model_sequential()
  model %>%
    layer_conv_2d(filters = 4, kernel_size = c(3, 3), padding = "same", input_shape = c(8, 8, 3)) %>%
    layer_activation(activation = "relu") %>%
    layer_max_pooling_2d(pool_size = c(2, 2)) %>%
    layer_flatten() %>%
    layer_dense(units = 4) %>%
    layer_activation(activation = "softmax")
  model %>%
    compile(
      loss = "categorical_crossentropy",
      optimizer = optimizer_rmsprop(lr = 0.0001, decay = 1e-6),
      metrics = c("accuracy")
    )
  flow <- flow_images_from_data(x, y, generator, batch_size = 16)
  expect_lt(abs(mean(generator_next(flow)[[1]])), 0.5)
  history <- model %>% fit_generator(flow, steps_per_epoch = 8, epochs = 2, verbose = 0)
  expect_length(history$metrics$acc, 2)
  expect_named(model %>% evaluate_generator(flow, steps = 5), c("loss", "accuracy"))
  expect_identical(dim(model %>% predict_generator(flow, steps = 2)), c(32L, 4L))
})

test_that("an R function that draws rows gives batches to train, evaluate and predict", {
  x <- matrix(runif(100 * 10), 100)
  y <- matrix(as.double(rowSums(x) > 5), 100)
  drawing <- function(x, y = NULL, size = 8) {
    function() {
      gc() # R would end here on a thread that is not its own
      rows <- sample(nrow(x), size)
      if (is.null(y)) list(x[rows, ]) else list(x[rows, ], y[rows, ])
    }
  }
  model <- keras_model_sequential() |>
    layer_dense(units = 4, activation = "relu", input_shape = 10) |>
    layer_dense(units = 1, activation = "sigmoid")
  model |> compile(optimizer = "rmsprop", loss = "binary_crossentropy", metrics = "accuracy")
  history <- model |> fit_generator(drawing(x, y), steps_per_epoch = 5, epochs = 2, verbose = 0)
  expect_length(history$metrics$loss, 2)
  expect_true(is.finite((model |> evaluate_generator(drawing(x, y), steps = 3))$loss))
  expect_identical(dim(model |> predict_generator(drawing(x), steps = 3)), c(24L, 1L))
})

test_that("an R function that changes pictures trains, evaluates and predicts", {
  x <- array(sample(0:255, 20 * 6 * 6, TRUE), c(20, 6, 6, 1))
  flow <- flow_images_from_data(
    x,
    to_categorical(rep(0:1, 10)),
    image_data_generator(preprocessing_function = function(x) x / 255),
    batch_size = 5
  )
  expect_lte(max(generator_next(flow)[[1]]), 1)
  model <- keras_model_sequential() |>
    layer_flatten(input_shape = c(6, 6, 1)) |>
    layer_dense(units = 2, activation = "softmax")
  model |> compile(loss = "categorical_crossentropy", optimizer = "adam", metrics = "accuracy")
  model |> fit_generator(flow, steps_per_epoch = 2, epochs = 1, verbose = 0)
  expect_equal(predict_generator(model, flow), predict(model, x / 255), tolerance = 1e-5)
  expect_named(evaluate_generator(model, flow, steps = 6), c("loss", "accuracy"))
})
