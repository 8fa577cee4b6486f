# The picture of scores: one row an estimate with its interval, one panel a metric.

unbounded_metrics <- "log_loss"
classes_most <- 12L
classes_shown <- 5L

# What has no upper limit, as log loss, is spelled below the others.
draw_scores <- function(scores) {
  scores <- as.data.frame(scores)
  is_unbounded <- scores$.metric %in% unbounded_metrics
  is_aside <- is_unbounded & !all(is_unbounded)
  drawn <- named_scores(lowest_classes(scores[!is_aside, ]))
  ggplot2::ggplot(
    drawn,
    ggplot2::aes(.data$.estimate, .data$row, colour = .data$is_class, shape = .data$is_class)
  ) +
    ggplot2::geom_linerange(ggplot2::aes(xmin = .data$.lower, xmax = .data$.upper), na.rm = TRUE) +
    ggplot2::geom_point(size = 2.2, na.rm = TRUE) +
    ggplot2::geom_text(ggplot2::aes(x = Inf, label = .data$text), hjust = -0.1, size = 3) +
    ggplot2::facet_grid(ggplot2::vars(.data$panel), scales = "free_y", space = "free_y", switch = "y") +
    ggplot2::scale_colour_manual(values = c("TRUE" = split_colours[["train"]], "FALSE" = "#000000"), guide = "none") +
    ggplot2::scale_shape_manual(values = c("TRUE" = 16, "FALSE" = 18), guide = "none") +
    ggplot2::scale_y_discrete(labels = rlang::set_names(drawn$name, drawn$row)) +
    ggplot2::coord_cartesian(clip = "off") +
    plot_titles(sprintf("Scores with %g %% intervals", 100 * max(scores$.confidence)), scores_subtitle(scores)) +
    ggplot2::labs(
      x = paste(c("estimate and interval", spelled_scores(scores[is_aside, ])), collapse = "\n"),
      y = NULL
    ) +
    plot_theme() +
    ggplot2::theme(
      plot.margin = ggplot2::margin(5, 45, 5, 5),
      strip.placement = "outside",
      strip.text.y.left = ggplot2::element_text(angle = 0, hjust = 0, vjust = 1)
    )
}

# Keep, where there are many classes, those with the lowest scores of each metric.
lowest_classes <- function(scores) {
  of_class <- which(!is.na(scores$.class))
  if (length(unique(scores$.class[of_class])) <= classes_most) {
    return(scores)
  }
  of_class <- of_class[order(scores$.estimate[of_class])]
  rank <- stats::ave(seq_along(of_class), scores$.metric[of_class], FUN = seq_along)
  scores[sort(c(which(is.na(scores$.class)), of_class[rank <= classes_shown])), ]
}

named_scores <- function(scores) {
  scores$is_class <- factor(scores$.estimator == "class", c(TRUE, FALSE))
  averages <- c(overall = "all images", macro = "macro mean", weighted = "weighted mean")
  name <- ifelse(scores$.estimator == "class", as.character(scores$.class), averages[scores$.estimator])
  groups <- ifelse(is.na(scores$.groups), "", paste0(", ", amount(scores$.groups, "group")))
  scores$name <- paste0(shortened(name), " (n = ", big_number(scores$.n), groups, ")")
  scores$row <- factor(seq_len(nrow(scores)), rev(seq_len(nrow(scores))))
  scores$panel <- factor(scores$.metric, unique(scores$.metric))
  scores$text <- ifelse(is.na(scores$.estimate), "missing", sprintf("%.3f", scores$.estimate))
  scores
}

spelled_scores <- function(scores) {
  interval <- ifelse(is.na(scores$.lower), "", sprintf(" (%.3f to %.3f)", scores$.lower, scores$.upper))
  paste0(scores$.metric, sprintf(" %.3f", scores$.estimate), interval)
}

scores_subtitle <- function(scores) {
  text <- paste("n =", amount(max(scores$.n), "image"))
  if (!all(is.na(scores$.groups))) {
    text <- paste(text, "in", amount(max(scores$.groups, na.rm = TRUE), "group"))
  }
  methods <- unique(scores$.method[!is.na(scores$.method)])
  if (length(methods) > 0L) {
    text <- paste0(text, "; ", paste(methods, collapse = " and "))
  }
  classes <- length(unique(scores$.class[!is.na(scores$.class)]))
  if (classes > classes_most) {
    text <- paste0(text, "; the ", classes_shown, " lowest of ", classes, " classes")
  }
  text
}
