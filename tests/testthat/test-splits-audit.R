audit_columns <- c("problem", "split_1", "split_2", "images", "groups", "example_1", "example_2")

test_that("what is shared comes as a tibble with a warning", {
  skip_if_not_ready()
  images <- data.frame(path = c("a", "b"), split = c("train", "test"), hash = "1")
  expect_warning(audit <- audit_splits(images), "1 content in 'train' and 'test'", class = "tidycnn_warning")
  expect_named(audit, audit_columns)
  expect_identical(audit$problem, "identical file")
})

test_that("nothing shared is a tibble without rows", {
  skip_if_not_ready()
  images <- data.frame(path = c("a", "b"), split = c("train", "test"), hash = c("1", "2"))
  audit <- audit_splits(images)
  expect_named(audit, audit_columns)
  expect_identical(nrow(audit), 0L)
})

test_that("a frame without splits is an error", {
  skip_if_not_ready()
  expect_error(audit_splits(data.frame(path = "a")), "`images` has no splits", class = "tidycnn_input_error")
})
