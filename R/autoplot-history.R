# The picture of a training: one panel a metric, one line for training and one for validation data.

metric_units <- c(
  loss = "loss (mean over images)",
  accuracy = "accuracy (share of images)",
  learning_rate = "learning rate"
)

# `images` says on how many images it was trained.
draw_history <- function(history, images = NULL) {
  history <- as.data.frame(history)
  history$epoch <- epochs_in_a_row(history)
  history$stage <- factor(history$stage, unique(history$stage))
  history$data <- factor(history$data, unique(history$data))
  history$panel <- factor(history$metric, unique(history$metric))
  best <- best_epoch(history)
  ggplot2::ggplot(history, ggplot2::aes(.data$epoch, .data$value, colour = .data$data, shape = .data$data)) +
    ggplot2::geom_vline(xintercept = stage_starts(history) - 0.5, colour = grey, linewidth = 0.3) +
    ggplot2::geom_vline(xintercept = best$epoch, colour = grey, linetype = "dotted") +
    history_lines(history) +
    ggplot2::facet_wrap(ggplot2::vars(.data$panel), ncol = 3L, scales = "free_y", labeller = metric_labeller()) +
    data_scales(levels(history$data)) +
    ggplot2::scale_x_continuous(breaks = whole_breaks) +
    plot_titles("History of the training", history_subtitle(history, best, images)) +
    ggplot2::labs(x = "epoch", y = NULL, colour = NULL, linetype = NULL, shape = NULL) +
    plot_theme()
}

# Lines where an epoch follows another, points where there are not too many.
history_lines <- function(history) {
  epochs <- length(unique(history$epoch))
  group <- ggplot2::aes(group = interaction(.data$stage, .data$data), linetype = .data$data)
  list(
    if (epochs > nlevels(history$stage)) {
      list(ggplot2::geom_line(group, na.rm = TRUE), line_types(levels(history$data)))
    },
    if (epochs <= 40L) ggplot2::geom_point(na.rm = TRUE)
  )
}

data_scales <- function(data) {
  list(
    ggplot2::scale_colour_manual(values = colours_of(data)),
    ggplot2::scale_shape_manual(values = value_of_each(data, c(train = 16, validation = 17), 15))
  )
}

# ggplot2 warns of a scale that nothing drawn has.
line_types <- function(data) {
  ggplot2::scale_linetype_manual(values = value_of_each(data, c(train = "solid", validation = "dashed"), "dotdash"))
}

value_of_each <- function(data, values, other) {
  rlang::set_names(ifelse(data %in% names(values), values[data], other), data)
}

metric_labeller <- function() {
  ggplot2::as_labeller(function(metric) ifelse(metric %in% names(metric_units), metric_units[metric], metric))
}

stage_starts <- function(history) {
  as.numeric(tapply(history$epoch, history$stage, min)[-1L])
}

# Count epochs through all stages where each stage starts counting anew.
epochs_in_a_row <- function(history) {
  stage <- factor(history$stage, unique(history$stage))
  first <- tapply(history$epoch, stage, min)
  last <- tapply(history$epoch, stage, max)
  if (all(first[-1L] > last[-length(last)])) {
    return(history$epoch)
  }
  offsets <- c(0, cumsum(last)[-length(last)])
  history$epoch + offsets[as.integer(stage)]
}

# The epoch with the lowest validation loss, and that loss.
best_epoch <- function(history) {
  losses <- history[history$metric == "loss" & history$data == "validation" & !is.na(history$value), ]
  losses[which.min(losses$value), c("epoch", "value")]
}

history_subtitle <- function(history, best, images) {
  text <- paste("n =", amount(length(unique(history$epoch)), "epoch"))
  if (!is.null(images)) {
    text <- paste(text, "of", images)
  }
  if (nrow(best) == 0L) {
    return(text)
  }
  loss <- sub("[.]$", "", formatC(best$value, digits = 3L, format = "g", flag = "#"))
  paste0(text, "; best epoch ", best$epoch, ", with the lowest validation loss, ", loss)
}
