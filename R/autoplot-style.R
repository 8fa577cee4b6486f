# How all pictures look: colours that colour-blind people can tell apart, numbers, short labels.
# Colours: Okabe and Ito (2008), https://jfly.uni-koeln.de/color/.

#' @importFrom rlang .data
NULL

grey <- "#595959"
pale <- "#D9D9D9"
split_colours <- c(train = "#0072B2", validation = "#D55E00", test = "#009E73", "(no split)" = grey)
further_colours <- c("#CC79A7", "#E69F00", "#56B4E9", "#000000")

# Give each name its colour: splits have their own, others take what is left.
colours_of <- function(names) {
  others <- setdiff(names, names(split_colours))
  colours <- c(further_colours, rep(grey, length(others)))[seq_along(others)]
  c(split_colours, rlang::set_names(colours, others))[names]
}

plot_theme <- function() {
  ggplot2::theme_minimal(base_size = 11) +
    ggplot2::theme(
      legend.position = "bottom",
      legend.justification = "left",
      panel.grid.minor = ggplot2::element_blank(),
      panel.spacing = ggplot2::unit(1, "lines"),
      plot.background = white_background(),
      plot.title.position = "plot",
      strip.text = ggplot2::element_text(hjust = 0)
    )
}

# A file of a plot without one is transparent, and its titles are lost on a dark page.
white_background <- function() {
  ggplot2::element_rect(fill = "white", colour = NA)
}

plot_titles <- function(title, subtitle) {
  ggplot2::labs(title = title, subtitle = paste(strwrap(subtitle, 85), collapse = "\n"))
}

# Cut long labels in their middle.
shortened <- function(labels, length = 28L) {
  labels <- trimws(gsub("\\s+", " ", labels))
  kept <- length - 1L
  tail <- kept %/% 3L
  n <- nchar(labels)
  ifelse(n <= length, labels, paste0(substr(labels, 1L, kept - tail), "\u2026", substr(labels, n - tail + 1L, n)))
}

big_number <- function(n) {
  trimws(formatC(n, format = "d", big.mark = ","))
}

amount <- function(n, noun) {
  paste0(big_number(n), " ", noun, ifelse(n == 1, "", "s"))
}

# Places of ticks on an axis of whole numbers.
whole_breaks <- function(limits) {
  unique(floor(pretty(limits, 3)))
}

# Spell shares as percentages, small ones with a decimal place.
percent <- function(share, digits = 0L) {
  places <- ifelse(!is.na(share) & share > 0 & share < 0.01, pmax(digits, 1L), digits)
  paste(sprintf("%.*f", places, 100 * share), "%")
}

# Levels of labels: those of a factor, else the values in an order that does not depend on the place.
levels_of_labels <- function(labels) {
  if (is.factor(labels)) {
    levels(labels)
  } else {
    sort(unique(as.character(labels)), method = "radix")
  }
}

# At most `most` labels, evenly spaced, for an axis.
thinned <- function(labels, most) {
  labels[seq(1L, length(labels), by = ceiling(length(labels) / most))]
}
