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

# As `dplyr::group_by()` makes it.
grouped_by <- function(frame, column) {
  groups <- tibble::tibble(!!column := sort(unique(frame[[column]])))
  groups$.rows <- lapply(groups[[column]], function(value) which(frame[[column]] == value))
  structure(tibble::as_tibble(frame), class = c("grouped_df", "tbl_df", "tbl", "data.frame"), groups = groups)
}

test_that("a grouped frame is scored, counted and reported by group", {
  skip_if_not_ready()
  predictions <- cbind(local_predictions(), site = factor(rep(c("north", "south"), 200)))
  grouped <- grouped_by(predictions, "site")
  scores <- score_predictions(grouped, "accuracy", seed = 1)
  expect_named(scores, c("site", names(score_predictions(predictions, "accuracy", seed = 1))))
  expect_identical(as.character(scores$site), c("north", "south"))
  expect_equal(scores$.estimate, c(0.95, 0.95))
  for (count in list(confusion_matrix, classification_report, class_counts)) {
    counts <- count(grouped)
    expect_identical(names(counts)[1:2], c("site", "label"))
    expect_s3_class(counts, "tbl_df")
    expect_false(inherits(counts, "grouped_df"))
  }
})

test_that("a grouped frame is refused by name where groups make no sense", {
  skip_if_not_ready()
  images <- grouped_by(local_predictions(), "label")
  expect_error(
    split_images(images),
    "`images` must not be grouped, but it is grouped by",
    class = "tidycnn_input_error"
  )
  expect_error(vfold_images(images), "`dplyr::ungroup()`", fixed = TRUE)
  expect_error(image_table(images), "`x` must not be grouped")
})
