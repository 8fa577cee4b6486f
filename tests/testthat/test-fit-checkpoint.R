skip_if_not_ready()

local_classifier <- function(levels = c("cat", "dog")) {
  as_classifier(cnn(c(8, 8, 3), 2, filters = 2, units = NULL, seed = 1), levels)
}

test_that("a classifier comes back from its folder and knows it", {
  folder <- file.path(withr::local_tempdir(), "saved")
  saved <- save_classifier(local_classifier(), folder)
  loaded <- load_classifier(folder)
  expect_s3_class(loaded, "tidycnn_classifier")
  expect_identical(loaded$levels, c("cat", "dog"))
  expect_identical(loaded$model$get_weights(), saved$model$get_weights())
  expect_identical(normalizePath(attr(loaded, "folder")), normalizePath(folder))
})

test_that("levels beyond ASCII come back", {
  folder <- file.path(withr::local_tempdir(), "saved")
  levels <- c("\u00e9", "\U0001F600")
  save_classifier(local_classifier(levels), folder)
  expect_identical(load_classifier(folder)$levels, levels)
})

test_that("a classifier is replaced only where that is wished, in the words of R", {
  folder <- file.path(withr::local_tempdir(), "saved")
  save_classifier(local_classifier(), folder)
  expect_error(save_classifier(local_classifier(), folder), "`overwrite = TRUE`", class = "tidycnn_input_error")
  expect_no_error(save_classifier(local_classifier(), folder, overwrite = TRUE))
})

test_that("a damaged folder is an error of its own class", {
  folder <- file.path(withr::local_tempdir(), "saved")
  save_classifier(local_classifier(), folder)
  writeLines("{", file.path(folder, "model.keras"))
  expect_error(load_classifier(folder), "is damaged: it is no whole archive", class = "tidycnn_store_error")
})
