# Draws figures by ggplot2: panels, axes, legends, titles. What a figure shows is decided in Python, once for both
# languages (`report/_figure.py` says what its parts mean); its marks are in autoplot-marks.R.

draw_figure <- function(figure) {
  ggplot2::ggplot(figure$data, places_of(figure)) +
    lapply(figure$marks, draw_mark, figure = figure) +
    panels_of(figure) +
    axis_of(figure, "x") +
    axis_of(figure, "y") +
    scales_of(figure) +
    frame_of(figure) +
    ggplot2::labs(
      title = figure$title,
      subtitle = figure$subtitle,
      caption = figure$caption,
      x = figure$x$title,
      y = figure$y$title
    ) +
    figure_theme() +
    theme_of(figure, "x") +
    theme_of(figure, "y") +
    special_theme(figure)
}

# The places that layers inherit which a user adds.
places_of <- function(figure) {
  placed <- Filter(function(mark) is.null(mark$data) && all(c("x", "y") %in% names(mark$columns)), figure$marks)
  if (length(placed) > 0L) mapping_of(placed[[1L]], c(x = "x", y = "y")) else ggplot2::aes()
}

panels_of <- function(figure) {
  facet <- figure$facet
  if (is.null(facet)) {
    return(NULL)
  }
  column <- ggplot2::vars(!!rlang::sym(facet$column))
  # Three titles stand beside each other in a window of five inches when they take two lines.
  titles <- if (facet$columns > 2L) vapply(facet$titles, broken_title, "") else facet$titles
  labeller <- ggplot2::as_labeller(rlang::set_names(titles, levels(figure$data[[facet$column]])))
  scales <- c(none = "fixed", x = "free_x", y = "free_y")[[facet$free]]
  if (facet$is_stacked) {
    ggplot2::facet_grid(column, scales = scales, space = scales, switch = "y", labeller = labeller)
  } else {
    ggplot2::facet_wrap(column, ncol = facet$columns, scales = scales, labeller = labeller)
  }
}

broken_title <- function(title) {
  if (nchar(title) > 15L) sub(" (", "\n(", title, fixed = TRUE) else title
}

axis_of <- function(figure, name) {
  axis <- figure[[name]]
  if (is.null(axis)) {
    return(NULL)
  }
  if (is.null(axis$levels)) number_axis(axis, name) else level_axis(figure, axis, name)
}

number_axis <- function(axis, name) {
  plain <- list(x = ggplot2::scale_x_continuous, y = ggplot2::scale_y_continuous)
  by_ratio <- list(x = ggplot2::scale_x_log10, y = ggplot2::scale_y_log10)
  scale <- (if (axis$is_log) by_ratio else plain)[[name]]
  scale(
    breaks = if (axis$is_whole) whole_breaks else ggplot2::waiver(),
    labels = if (axis$is_whole) big_number else ggplot2::waiver(),
    limits = axis$limits,
    expand = if (is.null(axis$room)) ggplot2::waiver() else ggplot2::expansion(c(0, axis$room)),
    guide = ggplot2::guide_axis(check.overlap = TRUE)
  )
}

# On y levels stand from the top, where ggplot2 begins at the bottom.
level_axis <- function(figure, axis, name) {
  scale <- list(x = ggplot2::scale_x_discrete, y = ggplot2::scale_y_discrete)[[name]]
  in_order <- if (name == "y") rev else identity
  is_free <- identical(figure$facet$free, name)
  # Names that would run into each other in a small window stand in two rows.
  is_dodged <- name == "x" && axis$angle == 0 && sum(nchar(axis$labels)) > 24L
  scale(
    breaks = axis$breaks,
    labels = rlang::set_names(axis$labels, axis$breaks),
    limits = if (is_free) in_order else in_order(axis$levels),
    drop = is_free,
    guide = ggplot2::guide_axis(n.dodge = if (is_dodged) 2 else 1),
    expand = if (has_mark(figure, "tiles")) c(0, 0) else ggplot2::waiver()
  )
}

# Only what some mark uses has a scale: others would add to the legend.
scales_of <- function(figure) {
  styles <- figure$styles
  names <- vapply(styles, `[[`, "", "name")
  manual <- function(scale, values) {
    scale(
      values = rlang::set_names(values, names),
      limits = names,
      name = NULL,
      guide = if (figure$has_legend) ggplot2::guide_legend(ncol = figure$legend_columns) else "none"
    )
  }
  scales <- list(
    colour = function() manual(ggplot2::scale_colour_manual, vapply(styles, `[[`, "", "colour")),
    fill = function() manual(ggplot2::scale_fill_manual, vapply(styles, `[[`, "", "colour")),
    linetype = function() manual(ggplot2::scale_linetype_manual, vapply(styles, `[[`, "", "line")),
    shape = function() manual(ggplot2::scale_shape_manual, vapply(styles, shape_of, 0)),
    shade = function() shade_scale(figure$shades)
  )
  styled <- Filter(function(mark) "style" %in% names(mark$columns), figure$marks)
  used <- unique(unlist(style_looks[vapply(styled, `[[`, "", "kind")]))
  lapply(scales[c(used, if (!is.null(figure$shades)) "shade")], function(make) make())
}

shape_of <- function(style) {
  if (is.null(style$point)) NA_real_ else c(circle = 16, triangle = 17, square = 15, diamond = 18)[[style$point]]
}

shade_scale <- function(shades) {
  ggplot2::scale_fill_gradient(
    low = shades$low,
    high = shades$high,
    limits = c(0, 1),
    na.value = shades$missing,
    name = shades$title
  )
}

# Pictures keep their shape; text at the edge stands outside of the panel, and text behind a bar may reach out of it.
frame_of <- function(figure) {
  if (has_mark(figure, "images")) {
    size <- dim(figure$marks[[1L]]$pictures[[1L]])
    return(ggplot2::coord_fixed(xlim = c(0, size[2L]), ylim = c(0, size[1L]), expand = FALSE))
  }
  ggplot2::coord_cartesian(clip = if (has_text_at(figure, c("edge", "after"))) "off" else "on")
}

has_mark <- function(figure, kind) {
  any(vapply(figure$marks, function(mark) mark$kind == kind, NA))
}

has_text_at <- function(figure, places) {
  any(vapply(figure$marks, function(mark) mark$kind == "texts" && mark$place %in% places, NA))
}

figure_theme <- function() {
  ggplot2::theme_minimal(base_size = 11) +
    ggplot2::theme(
      legend.position = "bottom",
      legend.justification = "left",
      panel.grid.minor = ggplot2::element_blank(),
      panel.spacing = ggplot2::unit(1, "lines"),
      # A file of a plot without a background is transparent, and its titles are lost on a dark page.
      plot.background = ggplot2::element_rect(fill = "white", colour = NA),
      plot.caption = ggplot2::element_text(hjust = 0),
      plot.caption.position = "plot",
      plot.margin = ggplot2::margin(5, 12, 5, 5),
      plot.subtitle = ggplot2::element_text(size = ggplot2::rel(0.82)),
      plot.title.position = "plot",
      # A title beside a panel of one row is higher than that.
      strip.clip = "off",
      strip.text = ggplot2::element_text(hjust = 0)
    )
}

theme_of <- function(figure, name) {
  axis <- figure[[name]]
  if (is.null(axis)) {
    return(NULL)
  }
  text <- ggplot2::element_text(
    angle = axis$angle,
    hjust = if (name == "y" || axis$angle > 0) 1 else 0.5,
    vjust = if (name == "x" && axis$angle != 90) 1 else 0.5,
    size = if (axis$is_small) 6
  )
  parts <- c(list(text), if (!axis$has_grid) list(ggplot2::element_blank()))
  names(parts) <- paste0(c("axis.text.", "panel.grid.major.")[seq_along(parts)], name)
  do.call(ggplot2::theme, parts)
}

special_theme <- function(figure) {
  if (has_mark(figure, "images")) {
    return(picture_theme())
  }
  list(
    if (!is.null(figure$shades)) {
      ggplot2::theme(
        legend.position = "right",
        legend.justification = "centre",
        panel.border = ggplot2::element_rect(fill = NA, colour = "#595959")
      )
    },
    if (has_text_at(figure, "edge")) ggplot2::theme(plot.margin = ggplot2::margin(5, 45, 5, 5)),
    if (isTRUE(figure$facet$is_stacked)) {
      ggplot2::theme(
        strip.placement = "outside",
        strip.text.y.left = ggplot2::element_text(angle = 0, hjust = 0, vjust = 1)
      )
    }
  )
}

picture_theme <- function() {
  ggplot2::theme(
    axis.text = ggplot2::element_blank(),
    axis.title = ggplot2::element_blank(),
    panel.grid.major = ggplot2::element_blank(),
    panel.spacing = ggplot2::unit(0.5, "lines"),
    strip.text = ggplot2::element_text(hjust = 0.5)
  )
}

big_number <- function(n) {
  trimws(formatC(n, format = "d", big.mark = ","))
}

# Places of ticks on an axis of whole numbers.
whole_breaks <- function(limits) {
  unique(floor(pretty(limits, 3)))
}
