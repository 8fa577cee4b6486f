local_predictions <- function() {
  levels <- c("cat", "dog")
  data.frame(
    path = sprintf("%d.jpg", 1:400),
    label = factor(rep(levels, each = 200), levels),
    .pred_class = factor(rep(c("cat", "dog", "cat"), c(190, 200, 10)), levels),
    .pred_cat = rep(c(0.75, 0.25, 0.75), c(190, 200, 10)),
    .pred_dog = rep(c(0.25, 0.75, 0.25), c(190, 200, 10))
  )
}

test_that("scores are a tibble with the columns of the contract", {
  skip_if_not_ready()
  scores <- score_predictions(local_predictions(), "recall", seed = 1)
  expect_s3_class(scores, "tbl_df")
  expect_named(
    scores,
    c(
      ".metric",
      ".class",
      ".estimator",
      ".estimate",
      ".lower",
      ".upper",
      ".confidence",
      ".method",
      ".n",
      ".groups"
    )
  )
})

test_that("classes are a factor with the levels of the labels", {
  skip_if_not_ready()
  scores <- score_predictions(local_predictions(), "recall", seed = 1)
  expect_identical(scores$.class, factor(c("cat", "dog", NA, NA), c("cat", "dog")))
})

test_that("missing groups and methods come as NA", {
  skip_if_not_ready()
  perfect <- local_predictions()[1:190, ]
  scores <- suppressWarnings(score_predictions(perfect, c("precision", "f1")))
  expect_true(is.na(scores$.estimate[2]) && !is.nan(scores$.estimate[2]))
  expect_identical(scores$.method[[2]], NA_character_)
  expect_true(all(is.na(scores$.groups)))
})

test_that("set.seed() rules the drawn samples", {
  skip_if_not_ready()
  draw <- function() {
    set.seed(1)
    score_predictions(local_predictions(), "f1")
  }
  expect_identical(draw(), draw())
})

test_that("what is doubtful comes as a warning of R", {
  skip_if_not_ready()
  expect_warning(
    score_predictions(local_predictions()[c(1:30, 370:400), ], "accuracy"),
    "61 images: one accuracy is known to about",
    class = "tidycnn_warning"
  )
})

test_that("an unknown metric is an input error that names it", {
  skip_if_not_ready()
  expect_error(
    score_predictions(local_predictions(), "acuracy"),
    "`metrics` names 'acuracy'",
    class = "tidycnn_input_error"
  )
})

test_that("list_metrics() names every metric once for each estimator", {
  skip_if_not_ready()
  metrics <- list_metrics()
  expect_false(anyDuplicated(metrics[c("metric", "estimator")]) > 0)
  expect_identical(metrics$maximum[metrics$metric == "log_loss"], Inf)
})
