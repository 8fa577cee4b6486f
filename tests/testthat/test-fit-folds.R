test_that("each image is predicted by the fit of its fold, in the order of the images", {
  folds <- vfold_images(local_toy_images(), v = 2, seed = 1)
  validated <- fit_folds(toy_model(), folds, epochs = 1, progress = FALSE, seed = 1)
  expect_identical(validated$predictions$path, folds$path)
  expect_identical(validated$predictions$fold, folds$fold)
  expect_false(anyNA(validated$predictions$.pred_class))
  expect_identical(validated$fits$fold, 1:2)
  scores <- suppressWarnings(validated$scores)
  expect_s3_class(scores, "tbl_df")
  expect_identical(scores$.n[[1]], 12L)
})

test_that("images without folds are refused", {
  expect_error(
    fit_folds(toy_model(), local_toy_images(), progress = FALSE),
    "`folds` must have the columns 'fold'",
    class = "tidycnn_input_error"
  )
})
