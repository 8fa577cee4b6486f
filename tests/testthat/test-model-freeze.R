skip_if_not_ready()

learning <- function(model) {
  layers <- list_layers(model)
  layers$layer[layers$trainable]
}

test_that("layers are frozen by name and by position, counted from 1", {
  model <- cnn(c(8, 8, 3), filters = 2, units = 3, seed = 1)
  expect_identical(learning(freeze_weights(model, to = "flatten")), c("dense_1", "prediction"))
  expect_identical(learning(unfreeze_weights(model, from = 1, to = 1)), c("conv_1", "dense_1", "prediction"))
})

test_that("the model itself is changed", {
  model <- cnn(c(8, 8, 3), filters = 2, units = NULL, seed = 1)
  freeze_weights(model)
  expect_identical(learning(model), character())
})

test_that("a layer that does not exist is named in the words of R", {
  model <- cnn(c(8, 8, 3), filters = 2, units = NULL, seed = 1)
  expect_snapshot(error = TRUE, {
    freeze_weights(model, from = "conv_9")
    freeze_weights(model, from = 0)
  })
})
