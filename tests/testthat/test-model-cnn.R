skip_if_not_ready()

test_that("whole R numbers build a model by vectors", {
  model <- cnn(c(32, 32, 3), classes = 2, filters = c(8, 16), units = 16, seed = 1)
  expect_s3_class(model, "tidycnn_model")
  expect_identical(model$count_params(), 10658L)
})

test_that("set.seed() rules the weights", {
  weights <- function() cnn(c(16, 16, 3), filters = 2, units = NULL)$get_weights()[[1]]
  expect_identical(withr::with_seed(1, weights()), withr::with_seed(1, weights()))
})

test_that("a wrong argument is named in the words of R", {
  expect_snapshot(error = TRUE, {
    cnn(c(20, 20, 3))
    cnn(padding = "full")
    cnn(classes = 3, head = "sigmoid")
    cnn(filters = c(1, 2), strides = c(1, 2, 1))
  })
})
