test_that("folds are whole numbers and repetitions lie below each other", {
  skip_if_not_ready()
  images <- data.frame(path = sprintf("%d.png", 1:30), label = rep(c("cat", "dog", "hen"), 10))
  folds <- vfold_images(images, v = 5, repeats = 2, seed = 1)
  expect_type(folds$fold, "integer")
  expect_identical(folds$repetition, rep(1:2, each = 30))
  expect_true(all(table(folds$label, folds$fold, folds$repetition) == 2))
})

test_that("images of other splits have NA", {
  skip_if_not_ready()
  images <- data.frame(path = sprintf("%d.png", 1:30), split = rep(c("train", "test"), c(20, 10)))
  folds <- vfold_images(images, from = "train", seed = 1)
  expect_identical(is.na(folds$fold), images$split == "test")
})

test_that("too many folds are an error", {
  skip_if_not_ready()
  images <- data.frame(path = sprintf("%d.png", 1:3))
  expect_error(
    vfold_images(images),
    "`v` must be at most the number of images, or of groups where there are any: 3, not 5",
    class = "tidycnn_input_error"
  )
})
