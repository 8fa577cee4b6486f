# The picture of a confusion matrix: rows are the truth, columns what was predicted.

draw_confusion <- function(confusion) {
  confusion <- as.data.frame(confusion)
  levels <- levels_of_labels(confusion$label)
  answers <- levels_of_labels(confusion$.pred_class)
  answers <- c(intersect(levels, answers), setdiff(answers, levels))
  k <- max(length(levels), length(answers))
  cells <- data.frame(
    label = factor(confusion$label, rev(levels)),
    answer = factor(confusion$.pred_class, answers),
    n = confusion$n,
    share = confusion$share
  )
  is_crowded <- length(answers) > 25L
  is_long <- is_crowded || max(nchar(answers)) * length(answers) > 50L
  angle <- c(0, 45, 90)[1L + is_long + is_crowded]
  ggplot2::ggplot(cells, ggplot2::aes(.data$answer, .data$label, fill = .data$share)) +
    ggplot2::geom_tile() +
    cell_texts(cells, k) +
    ggplot2::scale_fill_gradient(
      low = "#FFFFFF",
      high = split_colours[["train"]],
      limits = c(0, 1),
      na.value = pale,
      name = "share of the images\nof the label"
    ) +
    ggplot2::scale_x_discrete(breaks = thinned(answers, 40L), labels = shortened, expand = c(0, 0), drop = FALSE) +
    ggplot2::scale_y_discrete(breaks = thinned(levels, 40L), labels = shortened, expand = c(0, 0), drop = FALSE) +
    plot_titles("Confusion matrix", confusion_subtitle(confusion)) +
    ggplot2::labs(x = "predicted", y = "label (truth)") +
    plot_theme() +
    ggplot2::theme(
      axis.text.x = ggplot2::element_text(
        angle = angle,
        hjust = if (angle > 0) 1 else 0.5,
        vjust = if (angle == 45) 1 else 0.5,
        size = if (is_crowded) 6 else NULL
      ),
      axis.text.y = ggplot2::element_text(size = if (is_crowded) 6 else NULL),
      legend.position = "right",
      panel.border = ggplot2::element_rect(fill = NA, colour = grey),
      panel.grid.major = ggplot2::element_blank()
    )
}

cell_texts <- function(cells, k) {
  if (k > 25L) {
    return(NULL)
  }
  texts <- cells[cells$n > 0 | as.character(cells$label) == as.character(cells$answer), ]
  texts$text <- big_number(texts$n)
  if (k <= 12L) {
    texts$text <- ifelse(is.na(texts$share), texts$text, paste(texts$text, percent(texts$share), sep = "\n"))
  }
  ggplot2::geom_text(
    ggplot2::aes(label = .data$text),
    texts,
    colour = ifelse(!is.na(texts$share) & texts$share > 0.55, "white", "black"),
    size = if (k <= 12L) 3 else 2.5,
    lineheight = 0.9
  )
}

confusion_subtitle <- function(confusion) {
  n <- sum(confusion$n)
  if (n == 0) {
    return("n = 0 images")
  }
  is_right <- as.character(confusion$label) == as.character(confusion$.pred_class)
  paste0("n = ", amount(n, "image"), ", ", percent(sum(confusion$n[is_right]) / n, 1L), " of them right")
}
