skip_if_not_ready()

test_that("layers are a tibble with missing values where there is nothing to say", {
  layers <- list_layers(cnn(c(12, 12, 3), filters = 2, kernel_size = 5, units = NULL, seed = 1))
  expect_s3_class(layers, "tbl_df")
  expect_identical(layers$output_shape, c("8 x 8 x 2", "4 x 4 x 2", "32", "4"))
  expect_identical(layers$kernel, c("5 x 5", "2 x 2", NA, NA))
  expect_identical(layers$receptive_field, c(5L, 6L, 12L, 12L))
  expect_identical(layers$trainable, rep(TRUE, 4))
})

test_that("what is no model is refused", {
  expect_error(list_layers(mtcars), "`model` must be a Keras model, not a data frame", class = "tidycnn_input_error")
})
