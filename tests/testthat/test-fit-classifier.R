test_that("a classifier shows its labels, its size and its parameters", {
  skip_if_not_ready()
  expect_snapshot(as_classifier(toy_model(), c("cat", "dog")))
})

test_that("a classifier has the class that the generics know, and plain levels", {
  skip_if_not_ready()
  classifier <- as_classifier(toy_model(), c("cat", "dog"))
  expect_s3_class(classifier, "tidycnn_classifier")
  expect_s3_class(classifier$model, "tidycnn_model")
  expect_identical(classifier$levels, c("cat", "dog"))
})

test_that("a glance at what was not fitted has NA", {
  skip_if_not_ready()
  row <- glance(as_classifier(toy_model(), c("cat", "dog")))
  expect_identical(nrow(row), 1L)
  expect_identical(row$epochs, 0L)
  expect_identical(row$val_loss, NA_real_)
})

test_that("a model that does not fit the levels is refused", {
  skip_if_not_ready()
  expect_snapshot(error = TRUE, as_classifier(toy_model(3), c("cat", "dog")))
})
