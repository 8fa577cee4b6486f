test_that("a data frame of arguments becomes fits, with a tibble of them and their classifiers", {
  images <- local_toy_images()
  images$split <- rep(c("train", "train", "validation"), 4)
  grid <- expand.grid(optimizer = c("sgd", "adam"), batch_size = 4)
  many <- fit_many(grid, images, epochs = 1, model = toy_model(), progress = FALSE, seed = 1)
  expect_s3_class(many, "tidycnn_fits")
  expect_s3_class(many$fits, "tbl_df")
  expect_identical(as.character(many$fits$optimizer), c("sgd", "adam"))
  expect_identical(many$fits$.status, c("finished", "finished"))
  expect_identical(many$fits$.error, c(NA_character_, NA_character_))
  expect_output(print(many), "<Fits: 2 of 2 finished>")
  classifier <- many$classifier(2)
  expect_s3_class(classifier, "tidycnn_classifier")
  expect_identical(nrow(predict_images(classifier, images, progress = FALSE)), 12L)
  expect_named(many$classifiers, c("sgd", "adam"))
  expect_identical(unique(many$history$model), c("sgd", "adam"))
})

test_that("networks and generators are given in lists, by the names that the grid has", {
  grid <- data.frame(model = c("a", "b"), generator = c("plain", "flip"))
  scaled <- function(...) image_data_generator(rescale = 1 / 255, ...)
  many <- fit_many(
    grid,
    local_toy_images(),
    epochs = 1,
    model = list(a = toy_model(), b = toy_model()),
    generator = list(plain = scaled(), flip = scaled(horizontal_flip = TRUE)),
    progress = FALSE,
    seed = 1
  )
  expect_identical(many$fits$.status, c("finished", "finished"))
  expect_true(many$classifier(2)$stages[[1]]$generator$horizontal_flip)
})

test_that("fits run in other processes, to which no R function can be given", {
  images <- local_toy_images()
  grid <- data.frame(optimizer = c("sgd", "adam"))
  control <- fit_control(workers = 2)
  many <- fit_many(grid, images, epochs = 1, model = toy_model(), control = control, progress = FALSE, seed = 1)
  expect_identical(many$fits$.status, c("finished", "finished"))
  own <- image_data_generator(preprocessing_function = function(x) x)
  expect_error(
    fit_many(grid, images, model = toy_model(), generator = own, control = control, progress = FALSE),
    "`generator` cannot be given to another process",
    class = "tidycnn_input_error"
  )
})

test_that("what is no argument of a fit is named", {
  skip_if_not_ready()
  grid <- data.frame(optimizer = "sgd")
  expect_error(
    fit_many(grid, local_toy_images(), model = toy_model(), epoch = 3),
    "`fit_many()` names 'epoch'",
    fixed = TRUE,
    class = "tidycnn_input_error"
  )
  expect_error(
    fit_many(data.frame(speed = 1), local_toy_images(), model = toy_model()),
    "`grid` names 'speed'",
    class = "tidycnn_input_error"
  )
})
