test_that("what is left out is refused by name", {
  expect_snapshot(error = TRUE, layer_lstm(units = 32))
  for (name in LEFT_OUT) {
    expect_error(getExportedValue("tidycnn", name)(), name, class = "tidycnn_input_error", fixed = TRUE)
  }
})

test_that("keras3 may be attached before or behind, and does no harm", {
  skip_if_not_ready()
  skip_if_not_installed("callr")
  library <- local_keras3()
  tried <- function(packages, library) {
    .libPaths(c(library, .libPaths()))
    for (package in packages) {
      suppressPackageStartupMessages(library(package, character.only = TRUE))
    }
    model <- tidycnn::keras_model_sequential(input_shape = 4) |> tidycnn::layer_dense(units = 1)
    plain <- reticulate::import("keras")$Sequential()
    tidycnn::compile(model, loss = "mse", optimizer = "sgd")
    list(
      lstm = layer_lstm(),
      ours = class(fit(model, matrix(0, 4, 4), matrix(0, 4, 1), verbose = 0)),
      theirs = fit(plain),
      summed = class(summary(model))[[1]],
      taken = class(tidycnn::layer_dense(plain, units = 2))[[1]]
    )
  }
  for (packages in list(c("tidycnn", "keras3"), c("keras3", "tidycnn"))) {
    answer <- answer_of(r_process(tried, list(packages, library)))
    expect_identical(answer$lstm, "made by keras3")
    expect_identical(answer$ours, "tidycnn_training_history")
    expect_identical(answer$theirs, "fitted by keras3")
    expect_identical(answer$summed, "tbl_df")
    expect_identical(answer$taken, "tidycnn_model")
  }
})
