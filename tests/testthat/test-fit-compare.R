local_fits <- function(.env = parent.frame()) {
  images <- local_toy_images(.env = .env)
  images$split <- rep(c("train", "train", "validation"), 4)
  list(sgd = quick_fit(images, optimizer = "sgd"), adam = quick_fit(images, optimizer = "adam"), images = images)
}

compared <- function(...) {
  suppressWarnings(compare_fits(..., progress = FALSE, seed = 1))
}

test_that("classifiers are compared by the names of their arguments, or of a list", {
  fits <- local_fits()
  expect_message(by_arguments <- compared(SGD = fits$sgd, Adam = fits$adam), "cannot tell 'SGD' and 'Adam' apart")
  expect_s3_class(by_arguments, "tbl_df")
  expect_identical(by_arguments$model, rep(c("SGD", "Adam"), each = 2))
  expect_identical(compared(list(SGD = fits$sgd, Adam = fits$adam)), by_arguments)
})

test_that("a comparison and its histories are drawn", {
  skip_if_not_installed("ggplot2")
  fits <- local_fits()
  comparison <- compared(SGD = fits$sgd, Adam = fits$adam, metrics = "accuracy")
  plot <- autoplot(comparison)
  expect_s3_class(plot, "ggplot")
  expect_match(plot$labels$title, "Differences to the best")
  expect_s3_class(autoplot(compared(SGD = fits$sgd, Adam = fits$adam, what = "history")), "ggplot")
})

test_that("a classifier without a name, or with other validation images, is refused", {
  fits <- local_fits()
  expect_error(compared(fits$sgd, fits$adam), "Classifiers must have names", class = "tidycnn_input_error")
  other <- fits$images
  other$split <- rev(other$split)
  expect_error(
    compared(a = fits$sgd, b = quick_fit(other)),
    "'a' and 'b' validated on different images",
    class = "tidycnn_input_error"
  )
  expect_error(compared(fits$sgd, b = fits$adam), "must have a name for every value", class = "tidycnn_input_error")
})
