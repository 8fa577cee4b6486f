test_that("what is left out is refused by name", {
  expect_snapshot(error = TRUE, layer_lstm(units = 32))
  for (name in LEFT_OUT) {
    expect_error(getExportedValue("tidycnn", name)(), name, class = "tidycnn_input_error", fixed = TRUE)
  }
  expect_error(initializer_he_normal(), "kernel_initializer = \"he_normal\"", fixed = TRUE)
  expect_error(metric_binary_accuracy(), "Give its name: `\"binary_accuracy\"`", fixed = TRUE)
  expect_error(install_keras(), "install_tidycnn()", fixed = TRUE)
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
    model <- keras_model_sequential(input_shape = 4) |> tidycnn::layer_dense(units = 2)
    plain <- reticulate::import("keras")$Sequential()
    compile(model, loss = "mse", optimizer = "sgd")
    tidycnn::layer_dense(plain, units = 2, input_shape = 4)
    plain$compile(loss = "mse", optimizer = "sgd")
    flow <- flow_images_from_data(array(0, c(4, 2, 2, 1)), 1:4)
    list(
      predicted = dim(predict_generator(plain, function() list(matrix(0, 3, 4)), steps = 1)),
      evaluated = names(evaluate_generator(plain, function() list(matrix(0, 3, 4), matrix(0, 3, 2)), steps = 1)),
      trained = class(fit_generator(plain, function() list(matrix(0, 3, 4), matrix(0, 3, 2)), 1, verbose = 0)),
      dense = class(layer_dense(model, units = 2))[[1]],
      lstm = layer_lstm(),
      ours = class(fit(model, matrix(0, 4, 4), matrix(0, 4, 2), verbose = 0)),
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
    expect_identical(answer$predicted, c(3L, 2L))
    expect_identical(answer$evaluated, "loss")
    expect_identical(answer$trained, "tidycnn_training_history")
    # Who is attached last is called, as with any two packages that share names.
    expect_identical(answer$dense, if (packages[[2]] == "keras3") "character" else "tidycnn_model")
  }
})
