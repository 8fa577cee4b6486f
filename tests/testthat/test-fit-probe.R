probe_base <- function(name = "base") {
  keras_model_sequential(name = name) |>
    layer_conv_2d(4, 3, activation = "relu", name = "block1_conv", input_shape = c(8, 8, 3)) |>
    layer_conv_2d(4, 3, activation = "relu", name = "block2_conv")
}

probed <- function(...) {
  suppressWarnings(linear_probe(..., v = 3, bootstraps = 50, progress = FALSE, seed = 1))
}

test_that("layers of several bases are scored, by the names of a list", {
  images <- local_toy_images()
  bases <- list(one = probe_base(), two = probe_base())
  expect_message(probe <- probed(images, bases, list(one = "blocks", two = 2)), "apart by accuracy|is best by accuracy")
  expect_s3_class(probe, "tbl_df")
  accuracy <- subset(probe, .metric == "accuracy")
  expect_identical(accuracy$base, c("one", "one", "two"))
  expect_identical(accuracy$layer, c("block1_conv", "block2_conv", "block2_conv"))
  expect_identical(accuracy$.n, rep(12L, 3))
})

test_that("a probe is drawn", {
  skip_if_not_installed("ggplot2")
  plot <- autoplot(suppressMessages(probed(local_toy_images(), probe_base(), c("block1_conv", "block2_conv"))))
  expect_s3_class(plot, "ggplot")
  expect_match(plot$labels$title, "Differences to the best")
})

test_that("a layer that is not there is named", {
  expect_error(
    probed(local_toy_images(), probe_base(), "nonsense"),
    "`layers` names the layer 'nonsense'",
    class = "tidycnn_input_error"
  )
})
