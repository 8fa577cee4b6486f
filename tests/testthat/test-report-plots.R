plot_cases <- function() {
  lapply(jsonlite::fromJSON(test_path("shared", "plots.json"), simplifyVector = FALSE), function(case) {
    column <- function(values) unlist(lapply(values, function(value) if (is.null(value)) NA else value))
    case$frame <- as.data.frame(lapply(case$frame, column), optional = TRUE)
    for (name in intersect(c("label", ".pred_class"), names(case$frame))) {
      case$frame[[name]] <- factor(case$frame[[name]], unlist(case$levels))
    }
    case
  })
}

local_frame <- function(name) {
  cases <- plot_cases()
  cases[[match(name, vapply(cases, `[[`, "", "name"))]]$frame
}

draw <- function(object) {
  ggplot2::autoplot(object)
}

# Rendering raises what cannot be drawn.
rendered <- function(plot) {
  ggplot2::ggplotGrob(plot)
  invisible(plot)
}

counts_of <- function(n_labels) {
  label <- sprintf("class %03d", seq_len(n_labels))
  data.frame(label = factor(label), split = NA_character_, n = seq_len(n_labels), share = 1 / n_labels)
}

skip_if_not_installed("ggplot2")
skip_if_not_installed("jsonlite")

test_that("every kind of frame is drawn with the titles that Python gives it", {
  for (case in plot_cases()) {
    plot <- rendered(draw(case$frame))
    expect_identical(plot$labels$title, case$title)
    expect_identical(plot$labels$subtitle, case$subtitle)
  }
})

test_that("a tibble is drawn", {
  expect_s3_class(draw(tibble::as_tibble(local_frame("confusion matrix"))), "ggplot")
})

test_that("each split has a panel with its n", {
  plot <- draw(local_frame("class counts with splits"))
  expect_identical(levels(plot$data$panel), c("train (n = 2,000)", "test (n = 40)"))
})

test_that("bars tell counts and shares", {
  bars <- ggplot2::layer_data(draw(local_frame("class counts with splits")), 2)
  expect_identical(bars$label[1:2], c("1,500 (75 %)", "500 (25 %)"))
})

test_that("splits have the colours that they have in Python", {
  bars <- ggplot2::layer_data(draw(local_frame("class counts with splits")), 1)
  expect_setequal(bars$fill, c("#0072B2", "#009E73"))
})

test_that("of 200 labels the most and the fewest are shown", {
  plot <- rendered(draw(counts_of(200)))
  expect_identical(unique(plot$data$label), sprintf("class %03d", c(1:20, 181:200)))
  expect_match(plot$labels$subtitle, "the 20 with the most")
})

test_that("images without label are shown", {
  counts <- counts_of(2)
  counts$label[2] <- NA
  expect_true("(no label)" %in% rendered(draw(counts))$data$label)
})

test_that("long labels are cut in their middle", {
  expect_identical(shortened("a very long name of one class, number 000"), "a very long name o\u2026umber 000")
})

test_that("the best epoch is marked", {
  plot <- draw(local_frame("history with a best epoch"))
  expect_equal(unique(ggplot2::layer_data(plot, 2)$xintercept), 2)
})

test_that("stages that count anew follow each other", {
  history <- local_frame("history with a best epoch")
  two <- rbind(transform(history, stage = "head"), transform(history, stage = "fine-tuning"))
  expect_equal(unique(rendered(draw(two))$data$epoch), 1:6)
})

test_that("a history of one epoch is drawn without a message", {
  history <- local_frame("history with a best epoch")
  expect_silent(rendered(draw(history[history$epoch == 1, ])))
})

test_that("cells of a confusion matrix tell counts and shares", {
  cells <- ggplot2::layer_data(draw(local_frame("confusion matrix")), 2)
  expect_identical(cells$label, c("1,000\n83 %", "200\n17 %", "50\n12 %", "350\n88 %"))
})

test_that("a confusion matrix of 200 labels has bare cells and every fifth label", {
  label <- sprintf("class %03d", 0:199)
  confusion <- expand.grid(.pred_class = label, label = label)
  confusion <- transform(confusion, n = as.integer(.pred_class == label), share = as.numeric(.pred_class == label))
  names(confusion)[1] <- ".pred_class"
  plot <- rendered(draw(confusion))
  expect_length(plot$layers, 1)
  expect_identical(plot$scales$get_scales("y")$breaks[1:2], c("class 000", "class 005"))
})

test_that("scores name the class and what it rests on", {
  plot <- draw(local_frame("scores of groups"))
  expect_identical(
    plot$data$name,
    c("all images (n = 1,200, 71 groups)", "cat (n = 600, 40 groups)", "dog (n = 600, 31 groups)")
  )
})

test_that("log loss is spelled below the other scores, and drawn where it is alone", {
  scores <- local_frame("scores of groups")
  expect_match(draw(scores)$labels$x, "log_loss 0.250 (0.200 to 0.300)", fixed = TRUE)
  expect_identical(levels(draw(scores[4, ])$data$panel), "log_loss")
})

test_that("of many classes the lowest scores are shown", {
  scores <- local_frame("scores of groups")[rep(2, 30), ]
  scores$.class <- sprintf("class %d", 1:30)
  scores$.estimate <- 30:1 / 30
  plot <- rendered(draw(scores))
  expect_identical(plot$data$.class, sprintf("class %d", 26:30))
  expect_match(plot$labels$subtitle, "the 5 lowest of 30 classes")
})

test_that("frames of another kind and empty ones are refused", {
  expect_error(draw(data.frame(a = 1)), "must be a frame of a kind that can be drawn", class = "tidycnn_input_error")
  expect_error(draw(local_frame("confusion matrix")[0, ]), "at least one row", class = "tidycnn_input_error")
})

test_that("images and predictions are drawn by their counts", {
  skip_if_not_ready()
  images <- data.frame(path = c("a.png", "b.png"), label = c("cat", "dog"))
  expect_identical(draw(images)$labels$subtitle, "n = 2 images of 2 labels")
  predictions <- cbind(images, .pred_class = "cat")
  expect_identical(draw(predictions)$labels$subtitle, "n = 2 images, 50.0 % of them right")
})

test_that("a classifier tells on how many images it was fitted", {
  expect_identical(
    images_of_fit(data.frame(split = rep(c("train", "validation", "test"), c(1200, 3, 2)))),
    "1,200 train and 3 validation images"
  )
  expect_null(images_of_fit(data.frame(path = "a")))
})
