skip_if_not_ready()

test_that("find_learning_rate() gives a tibble of rates, leaves the model, and is drawn", {
  images <- local_toy_images()
  model <- toy_model()
  before <- predict(model, array(0.5, c(1, unlist(model$input_shape[-1]))))
  find <- function(seed) {
    suppressWarnings(find_learning_rate(model, images, steps = 20, lowest = 1e-6, progress = FALSE, seed = seed))
  }
  rates <- find(1)
  expect_s3_class(rates, "tbl_df")
  expect_identical(rates$step[1:3], 1:3)
  expect_type(rates$suggested, "logical")
  expect_equal(rates$learning_rate[[1]], 1e-6)
  expect_identical(find(1), rates)
  expect_identical(predict(model, array(0.5, c(1, unlist(model$input_shape[-1])))), before)
  skip_if_not_installed("ggplot2")
  expect_identical(rendered(autoplot(rates))$labels$x, "learning rate")
})

test_that("find_learning_rate() follows R's stream, takes R functions, and names what does not fit", {
  images <- local_toy_images()
  find <- function(...) {
    suppressWarnings(find_learning_rate(toy_model(), images, steps = 20, progress = FALSE, ...))
  }
  set.seed(1)
  one <- find(batch_size = 4)
  set.seed(1)
  expect_identical(find(batch_size = 4), one)
  generator <- image_data_generator(preprocessing_function = function(x) x / 255)
  expect_gt(nrow(find(generator = generator)), 3)
  expect_error(find(highest = 0), "`highest` must be a number above `lowest`", class = "tidycnn_input_error")
})
