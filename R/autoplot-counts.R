# The picture of class counts: one bar a label, one panel a split.

labels_most <- 40L

draw_counts <- function(counts) {
  counts <- named_counts(as.data.frame(counts))
  totals <- tapply(counts$n, counts$label, sum, default = 0)
  shown <- labels_shown(totals)
  bars <- complete_bars(counts, shown)
  splits <- levels(counts$split)
  has_splits <- !identical(splits, "(no split)")
  # Panels are narrower where there are more, and the text behind the bars needs its room.
  room <- 0.3 + 0.18 * length(splits)
  plot <- ggplot2::ggplot(bars, ggplot2::aes(.data$n, .data$label, fill = .data$split)) +
    ggplot2::geom_col(width = 0.8, show.legend = FALSE) +
    ggplot2::geom_text(ggplot2::aes(label = .data$text), hjust = -0.05, size = 3) +
    ggplot2::scale_fill_manual(values = colours_of(splits)) +
    ggplot2::scale_x_continuous(breaks = whole_breaks, expand = ggplot2::expansion(c(0, room)), labels = big_number) +
    ggplot2::scale_y_discrete(limits = rev(shown), labels = shortened) +
    plot_titles("Images of each label", counts_subtitle(sum(counts$n), length(totals), length(shown))) +
    ggplot2::labs(x = paste0("images (share of ", if (has_splits) "the split" else "all", ")"), y = "label") +
    plot_theme() +
    ggplot2::theme(panel.grid.major.y = ggplot2::element_blank())
  if (has_splits) plot + ggplot2::facet_wrap(ggplot2::vars(.data$panel), nrow = 1L, scales = "free_x") else plot
}

named_counts <- function(counts) {
  label <- as.character(counts$label)
  levels <- c(levels_of_labels(counts$label), if (anyNA(label)) "(no label)")
  split <- if (is.null(counts[["split"]])) NA_character_ else as.character(counts$split)
  split <- rep_len(ifelse(is.na(split), "(no split)", split), nrow(counts))
  known <- c("train", "validation", "test")
  data.frame(
    label = factor(ifelse(is.na(label), "(no label)", label), levels),
    split = factor(
      split,
      c(intersect(known, split), setdiff(split, c(known, "(no split)")), intersect("(no split)", split))
    ),
    n = counts$n,
    share = counts$share
  )
}

labels_shown <- function(totals) {
  if (length(totals) <= labels_most) {
    return(names(totals))
  }
  order <- order(-totals)
  chosen <- c(utils::head(order, labels_most / 2L), utils::tail(order, labels_most / 2L))
  names(totals)[sort(chosen)]
}

# One row for every label and split, 0 where there are no images.
complete_bars <- function(counts, shown) {
  bars <- expand.grid(label = shown, split = levels(counts$split), stringsAsFactors = FALSE)
  position <- match(paste(bars$label, bars$split, sep = "\r"), paste(counts$label, counts$split, sep = "\r"))
  bars$n <- ifelse(is.na(position), 0, counts$n[position])
  bars$share <- ifelse(is.na(position), 0, counts$share[position])
  bars$text <- paste0(big_number(bars$n), " (", percent(bars$share), ")")
  bars$split <- factor(bars$split, levels(counts$split))
  totals <- tapply(counts$n, counts$split, sum)
  panels <- paste0(shortened(names(totals)), " (n = ", big_number(totals), ")")
  bars$panel <- factor(panels[bars$split], panels)
  bars
}

counts_subtitle <- function(images, labels, shown) {
  text <- paste("n =", amount(images, "image"), "of", amount(labels, "label"))
  if (shown == labels) {
    return(text)
  }
  paste0(text, " (shown: the ", shown / 2L, " with the most and the ", shown / 2L, " with the fewest images)")
}
