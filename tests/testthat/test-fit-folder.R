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

test_that("a classifier knows its folder after the plain statement, also one inside a list", {
  home <- withr::local_tempdir()
  classifier <- local_classifier()
  fits <- list(best = local_classifier())
  save_classifier(classifier, file.path(home, "one"))
  save_classifier(fits$best, file.path(home, "two"))
  expect_identical(attr(classifier, "folder"), normalizePath(file.path(home, "one")))
  expect_identical(attr(fits$best, "folder"), normalizePath(file.path(home, "two")))
})

test_that("a classifier that was saved is read again in a later session, however R kept it", {
  home <- withr::local_tempdir()
  keep <- function(home) {
    library(tidycnn)
    model <- cnn(c(8, 8, 3), 2, filters = 2, units = NULL, seed = 1)
    classifier <- as_classifier(model, c("cat", "dog"))
    save_classifier(classifier, file.path(home, "saved"))
    fits <- list(name = "best", fit = classifier)
    saveRDS(classifier, file.path(home, "classifier.rds"))
    saveRDS(fits, file.path(home, "fits.rds"))
    save(fits, file = file.path(home, "workspace.RData"))
  }
  use <- function(home) {
    library(tidycnn)
    load(file.path(home, "workspace.RData"))
    olds <- list(readRDS(file.path(home, "classifier.rds")), readRDS(file.path(home, "fits.rds"))$fit, fits$fit)
    lapply(olds, function(old) c(old$levels, glance(old)$parameters))
  }
  answer_of(r_process(keep, list(home)))
  expect_identical(answer_of(r_process(use, list(home))), rep(list(c("cat", "dog", "94")), 3))
})

# Texts that R can hold and programs are known to fall over; also bytes that are no UTF-8, as in names of old files.
odd_texts <- function() {
  known <- c(
    "",
    "NA",
    "NULL",
    "TRUE",
    "1",
    "1.0",
    " ",
    "\r",
    "\n",
    "a\r\nb",
    "\\",
    "\\:",
    "\\r",
    "\"",
    ",",
    "\ufeffa",
    "\u2028"
  )
  known <- c(known, "\u0085", "\u00e9", "e\u0301", "\U0001F600", "caf\xe9", strrep("x", 2^20), rawToChar(as.raw(1:127)))
  characters <- c(vapply(1:127, function(code) rawToChar(as.raw(code)), ""), "\u0085", "\u2028", "\u00e9", "\U0001F600")
  withr::with_seed(1, {
    random <- replicate(300, paste(sample(characters, sample(12, 1), replace = TRUE), collapse = ""))
  })
  unique(c(known, random))
}

test_that("any text comes back as a level, a label, a path, a note and the name of a column", {
  folder <- file.path(withr::local_tempdir(), "saved")
  texts <- odd_texts()
  model <- cnn(c(8, 8, 3), length(texts), filters = 2, units = NULL, seed = 1)
  classifier <- as_classifier(model, texts)
  names <- texts[!grepl("/", texts, useBytes = TRUE) & nzchar(texts)]
  images <- tibble::tibble(path = paste0("/pictures/", names), label = factor(names, rev(names)), note = names)
  images[names] <- as.list(seq_along(names))
  classifier$images <- images
  save_classifier(classifier, folder)
  back <- load_classifier(folder)
  expect_identical(back$levels, texts)
  expect_identical(back$images, images)
})

test_that("a preprocessing function of R is missed aloud, and the way out is told", {
  folder <- file.path(withr::local_tempdir(), "saved")
  images <- local_toy_images(n = 2)
  generator <- image_data_generator(preprocessing_function = function(x) x / 2)
  classifier <- as_classifier(toy_model(), c("cat", "dog"), generator)
  expect_warning(save_classifier(classifier, folder), "is not stored with the classifier", class = "tidycnn_warning")
  expect_warning(back <- load_classifier(folder), "is not stored with the classifier", class = "tidycnn_warning")
  expect_error(predict_images(back, images, progress = FALSE), "as_classifier", class = "tidycnn_input_error")
  whole <- as_classifier(back$model, back$levels, generator)
  expect_identical(predict(whole, images, progress = FALSE), predict(classifier, images, progress = FALSE))
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

test_that("a classifier is saved without what is the user's", {
  skip_if_not_ready()
  folder <- file.path(withr::local_tempdir(), "saved")
  classifier <- as_classifier(cnn(c(32, 32, 3), 2, seed = 1), c("cat", "dog"))
  expect_identical(save_classifier(classifier, folder, images = "none"), classifier)
  expect_identical(nrow(load_classifier(folder)$images), 0L)
  expect_error(save_classifier(classifier, folder, overwrite = TRUE, images = "some"), "`images` must be one of 'all'")
})
