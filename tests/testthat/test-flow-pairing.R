skip_if_not_ready()

# Pictures of three channels, and as their masks the first of them.
local_pairs <- function(role = "target", ...) {
  x <- array(as.double(sample(0:255, 6 * 8 * 8 * 3, replace = TRUE)), c(6, 8, 8, 3))
  moves <- list(horizontal_flip = TRUE, vertical_flip = TRUE, rescale = 1 / 255)
  generator <- do.call(image_data_generator, moves)
  pictures <- flow_images_from_data(x, ..., generator = generator, batch_size = 4, seed = 1)
  masks <- flow_images_from_data(x[,,, 1, drop = FALSE], generator = generator, seed = 2)
  pair_flows(pictures, masks, role = role)
}

test_that("pair_flows() moves pictures and masks alike", {
  pairs <- local_pairs()
  expect_s3_class(pairs, "tidycnn_flow")
  for (i in 1:3) {
    batch <- generator_next(pairs)
    expect_equal(batch[[1]][,,, 1], batch[[2]][,,, 1])
  }
})

test_that("a network learns masks, and takes two pictures", {
  withr::local_seed(1)
  pairs <- local_pairs()
  model <- keras_model_sequential() %>%
    layer_conv_2d(filters = 1, kernel_size = c(1, 1), activation = "sigmoid", input_shape = c(8, 8, 3))
  model %>% compile(loss = "binary_crossentropy", optimizer = "adam")
  history <- model %>% fit_generator(pairs, steps_per_epoch = 2, epochs = 1, validation_data = pairs, verbose = 0)
  expect_true(is.finite(history$metrics$val_loss))
  expect_identical(dim(predict(model, pairs)), c(6L, 8L, 8L, 1L))

  both <- local_pairs("input", (1:6) / 4)
  first <- layer_input(shape = c(8, 8, 3))
  second <- layer_input(shape = c(8, 8, 1))
  joined <- layer_concatenate(list(layer_flatten(first), layer_flatten(second)))
  model <- keras_model(list(first, second), layer_dense(joined, units = 1))
  model %>% compile(loss = "mse", optimizer = "sgd")
  model %>% fit_generator(both, steps_per_epoch = 2, epochs = 1, verbose = 0)
  expect_identical(dim(predict(model, both)), c(6L, 1L))
})

test_that("pair_flows() names what does not go together", {
  pictures <- flow_images_from_data(array(0, c(6, 8, 8, 3)))
  expect_error(pair_flows(pictures, flow_images_from_data(array(0, c(5, 8, 8, 1)))), "`other` must have a picture for")
  expect_error(pair_flows(pictures, "masks"), "`other` must be", class = "tidycnn_input_error")
})
