skip_if_not_ready()

test_that("preflight() gives a frame of what was found, in words of R", {
  model <- keras_model_sequential(input_shape = c(8, 8, 3)) |>
    layer_rescaling(1 / 255) |>
    layer_conv_2d(2, 3) |>
    layer_flatten() |>
    layer_dense(2, activation = "softmax")
  withr::local_envvar(LANGUAGE = "en")
  scaled <- image_data_generator(rescale = 1 / 255)
  found <- preflight(model, local_toy_images(), generator = scaled, seed = 1)
  expect_s3_class(found, "tbl_df")
  expect_named(found, c("check", "severity", "message", "remedy"))
  expect_identical(found$severity[[1]], "warning")
  expect_match(found$message[[1]], "Pixels are scaled twice")
  expect_match(found$remedy[[1]], "rescale = NULL", fixed = TRUE)
  expect_identical(found$check[[nrow(found)]], "time")
})

test_that("preflight() speaks Spanish where R does", {
  model <- toy_model()
  withr::local_envvar(LANGUAGE = "es")
  found <- preflight(model, local_toy_images(), validation = 0.5, seed = 1)
  expect_match(found$message[found$check == "validation"], "^Validan")
  withr::local_envvar(LANGUAGE = "en")
  found <- preflight(model, local_toy_images(), validation = 0.5, seed = 1)
  expect_match(found$message[found$check == "validation"], "validate: of a model")
})

test_that("preflight() calls a preprocessing function of R on the main thread", {
  generator <- image_data_generator(preprocessing_function = function(picture) picture / 255)
  found <- preflight(toy_model(), local_toy_images(), generator = generator, seed = 1)
  expect_match(found$message[found$check == "scaling"], "between 0")
})

test_that("fit_classifier() warns of what is probably a mistake", {
  model <- toy_model()
  expect_warning(
    quick_fit(local_toy_images(), generator = image_data_generator()),
    "not scaled|no se escalan",
    class = "tidycnn_warning"
  )
})
