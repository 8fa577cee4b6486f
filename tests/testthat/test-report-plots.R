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
  autoplot(object)
}

counts_of <- function(n_labels) {
  label <- sprintf("class %03d", seq_len(n_labels))
  data.frame(label = factor(label), split = NA_character_, n = seq_len(n_labels), share = 1 / n_labels)
}

skip_if_no_engine()
skip_if_not_installed("ggplot2")
skip_if_not_installed("jsonlite")

for (case in plot_cases()) {
  test_that(paste0("R draws what Python draws: ", case$name), {
    plot <- rendered(draw(case$frame))
    expect_identical(plot$labels$title, case$title)
    expect_identical(plot$labels$subtitle, case$subtitle)
    expect_identical(plot$labels$caption, case$caption)
    expect_identical(drawn_marks(plot), unlist(case$drawn))
  })
}

test_that("the data of a plot are a tibble with the columns that the frame has", {
  for (case in plot_cases()) {
    data <- draw(case$frame)$data
    expect_s3_class(data, "tbl_df")
    expect_identical(setdiff(names(case$frame), names(data)), character())
  }
})

test_that("layers and themes can be added", {
  plot <- draw(local_frame("class counts with splits")) +
    ggplot2::geom_point() +
    ggplot2::theme(legend.position = "top")
  points <- ggplot2::layer_data(rendered(plot), 3)
  expect_equal(points$x[points$PANEL == 1], c(1500, 500))
})

test_that("a tibble is drawn", {
  expect_s3_class(draw(tibble::as_tibble(local_frame("confusion matrix"))), "ggplot")
})

test_that("each split has a panel with its n", {
  plot <- draw(local_frame("class counts with splits"))
  expect_identical(panel_titles(ggplot2::ggplot_build(plot)), c("train (n = 2,000)", "test (n = 40)"))
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
  expect_identical(levels(plot$data$label), sprintf("class %03d", c(1:20, 181:200)))
  expect_match(plot$labels$subtitle, "the 20\\swith the most and the 20 with the fewest")
})

test_that("images without label are shown", {
  counts <- counts_of(2)
  counts$label[2] <- NA
  expect_true("(no label)" %in% rendered(draw(counts))$data$label)
})

test_that("levels stand from the top, where ggplot2 counts from the bottom", {
  for (name in c("class counts with splits", "confusion matrix")) {
    panel <- ggplot2::ggplot_build(draw(local_frame(name)))$layout$panel_params[[1]]
    expect_identical(as.character(panel$y$get_limits()), c("dog", "cat"))
  }
  panel <- ggplot2::ggplot_build(draw(local_frame("scores of groups")))$layout$panel_params[[2]]
  expect_identical(as.character(panel$y$get_limits()), c("3", "2"))
})

test_that("the best epoch is marked", {
  plot <- draw(local_frame("history with a best epoch"))
  expect_equal(unique(ggplot2::layer_data(plot, 1)$xintercept), 2)
})

test_that("nothing is cut off in a window of five inches: subtitles, titles of panels, names, texts behind bars", {
  widths <- function(text) nchar(strsplit(text, "\n")[[1]])
  for (case in plot_cases()) {
    expect_lte(max(widths(draw(case$frame)$labels$subtitle)), 56)
  }
  counts <- local_frame("class counts with splits")
  three <- rbind(counts, transform(counts[1, ], split = "validation"))
  plot <- draw(three)
  expect_identical(
    panel_titles(ggplot2::ggplot_build(plot)),
    c("train\n(n = 2,000)", "validation\n(n = 1,500)", "test (n = 40)")
  )
  expect_identical(plot$coordinates$clip, "off")
  expect_identical(plot$theme$strip.clip, "off")
  long <- data.frame(label = c("EOSINOPHIL", "LYMPHOCYTE", "NEUTROPHIL"), n = 1L, share = 1)
  long$.pred_class <- long$label
  guide <- draw(long)$scales$get_scales("x")$guide
  expect_identical(c(guide$n.dodge, guide$params$n.dodge), 2) # ggplot2 4 keeps it in `params`.
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
  expect_identical(draw(scores)$labels$caption, "log_loss 0.250 (0.200 to 0.300)")
  expect_identical(levels(draw(scores[4, ])$data$.metric), "log_loss")
})

test_that("of many classes the lowest scores are shown", {
  scores <- local_frame("scores of groups")[rep(2, 30), ]
  scores$.class <- sprintf("class %d", 1:30)
  scores$.estimate <- 30:1 / 30
  plot <- rendered(draw(scores))
  expect_identical(plot$data$.class, sprintf("class %d", 26:30))
  expect_match(plot$labels$subtitle, "the 5 lowest of 30 classes")
})

test_that("frames of another kind and empty ones are refused, by the name of the argument", {
  expect_error(draw(data.frame(a = 1)), "`object` must be a frame of a kind that", class = "tidycnn_input_error")
  expect_error(draw(local_frame("confusion matrix")[0, ]), "`object` must have at l", class = "tidycnn_input_error")
})

test_that("what has no plot is refused by ggplot2", {
  expect_error(draw(structure(list(), class = "strange")), "strange")
})

test_that("images and predictions are drawn by their counts", {
  images <- data.frame(path = c("a.png", "b.png"), label = c("cat", "dog"))
  expect_identical(draw(images)$labels$subtitle, "n = 2 images of 2 labels")
  predictions <- cbind(images, .pred_class = "cat")
  expect_identical(draw(predictions)$labels$subtitle, "n = 2 images, 50.0 % of them right")
})

test_that("a classifier is drawn by its history, and tells on how many images it was fitted", {
  images <- local_toy_images()
  images$split <- rep(c("train", "validation"), c(9, 3))
  classifier <- suppressWarnings(quick_fit(images))
  plot <- rendered(draw(classifier))
  expect_match(plot$labels$subtitle, "^n = 1 epoch of 9 train and 3 validation images")
  expect_equal(plot$data$value, classifier$history$value)
})

# --- the generic -----------------------------------------------------------------------------------------------------

# What a session answers that loads packages in the order of `packages` and calls `autoplot()` as a user does.
autoplot_after <- function(packages) {
  process <- r_process(
    function(packages) {
      for (package in packages) {
        suppressPackageStartupMessages(library(package, character.only = TRUE))
      }
      registerS3method("autoplot", "of_others", function(object, ...) "by others", envir = asNamespace("ggplot2"))
      counts <- data.frame(label = "cat", n = 1, share = 1)
      list(
        autoplot(counts)$labels$title,
        autoplot(structure(list(), class = "of_others")),
        "package:ggplot2" %in% search()
      )
    },
    list(packages)
  )
  answer_of(process)
}

test_that("autoplot() is found after library(tidycnn) alone", {
  expect_identical(autoplot_after("tidycnn"), list("Images of each label", "by others", FALSE))
})

test_that("autoplot() draws ours and what others draw, whichever package is loaded first", {
  expect_identical(autoplot_after(c("tidycnn", "ggplot2")), list("Images of each label", "by others", TRUE))
  expect_identical(autoplot_after(c("ggplot2", "tidycnn")), list("Images of each label", "by others", TRUE))
})

# --- figures that no function of ours makes --------------------------------------------------------------------------

test_that("marks are drawn in any combination: bars upon levels, intervals along numbers, a rule across", {
  stand_in(
    "
import pandas as pd
from tidycnn.report._figure import Axis, Figure, Mark, Style, plain

def upright_figure():
    names = ['one', 'two']
    data = pd.DataFrame({
        'name': pd.Categorical(names, names), 'kind': ['good', 'bad'], 'value': [1.0, 2.0],
        'low': [0.5, 1.5], 'high': [1.5, 2.5],
    })
    marks = [
        Mark(kind='bars', columns={'x': 'name', 'y': 'value', 'style': 'kind'}),
        Mark(kind='intervals', columns={'x': 'name', 'start': 'low', 'end': 'high'}),
        Mark(kind='lines', columns={'x': 'name', 'y': 'value'}, ink='#595959'),
        Mark(kind='rules', columns={'y': 'value'}, data=pd.DataFrame({'value': [1.75]})),
        Mark(kind='texts', columns={'x': 'name', 'y': 'high', 'text': 'kind'}, ink='#009E73'),
    ]
    return plain(Figure(
        title='Bars', subtitle='n = 2', data=data, marks=marks, has_legend=True, width=5, height=4,
        x=Axis(title='name', levels=names, breaks=names, labels=['ONE', 'TWO']), y=Axis(title='value', limits=(0, 4)),
        styles=[Style(name='good', colour='#0072B2'), Style(name='bad', colour='#D55E00')],
    ))
"
  )
  plot <- rendered(draw_figure(call_engine("upright_figure", list(), module = "stand_in")))
  expect_identical(
    drawn_marks(plot),
    c(
      " | bar | ONE | 1 | #0072B2",
      " | bar | TWO | 2 | #D55E00",
      " | interval | ONE | 0.5 | ONE | 1.5 | #000000",
      " | interval | TWO | 1.5 | TWO | 2.5 | #000000",
      " | line | ONE | 1 | #595959",
      " | line | TWO | 2 | #595959",
      " | rule | 1.75 | #000000",
      " | text | ONE | 1.5 | good | #009E73",
      " | text | TWO | 2.5 | bad | #009E73"
    )
  )
})

test_that("stacked histories have a line and a colour each, stacked counts are refused", {
  skip_if_not_ready()
  skip_if_not_installed("ggplot2")
  history <- data.frame(stage = 1L, epoch = 1:3, data = "train", metric = "loss", value = c(3, 2, 1))
  runs <- rbind(cbind(history, run = "a"), cbind(history, run = "b"))
  lines <- Filter(
    function(layer) nrow(layer) == 6 && "linetype" %in% names(layer),
    ggplot2::ggplot_build(autoplot(runs))$data
  )
  expect_length(lines, 1)
  expect_identical(lengths(split(lines[[1]]$x, lines[[1]]$group), use.names = FALSE), c(3L, 3L))
  expect_length(unique(lines[[1]]$colour), 2)
  counts <- data.frame(label = c("a", "b"), n = 1:2, share = c(1, 2) / 3)
  expect_error(autoplot(rbind(cbind(counts, run = 1), cbind(counts, run = 2))), "must be one frame to be drawn")
})
