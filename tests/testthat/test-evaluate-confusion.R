local_answers <- function() {
  data.frame(label = c("cat", "cat", "dog"), .pred_class = factor(c("cat", "dog", "dog")))
}

test_that("confusion_matrix() gives every pair of levels", {
  skip_if_not_ready()
  counts <- confusion_matrix(local_answers())
  expect_s3_class(counts, "tbl_df")
  expect_identical(counts$label, factor(c("cat", "cat", "dog", "dog")))
  expect_equal(counts$n, c(1, 1, 0, 1))
})

test_that("classification_report() has the classes and the averages", {
  skip_if_not_ready()
  report <- classification_report(local_answers())
  expect_identical(report$estimator, c("class", "class", "overall", "macro", "weighted"))
  expect_equal(report$recall[1:2], c(0.5, 1))
})

test_that("a tibble that is grouped by labels is refused, which the answer tells apart as it is", {
  skip_if_not_ready()
  skip_if_not_installed("dplyr")
  expect_error(
    confusion_matrix(dplyr::group_by(local_answers(), label)),
    "is grouped by 'label', which is a column of the"
  )
})
