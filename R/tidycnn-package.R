#' Image classification with convolutional networks
#'
#' From a folder of pictures to predictions, scores and plots, with tidy frames in between. The engine is written in
#' Python; the same functions, with the same names and arguments, can be called from R and from Python.
#'
#' Start with [image_table()], [split_images()] and [fit_classifier()]. [tidycnn_sitrep()] tells which Python is used
#' and what to do about anything that is missing.
#'
#' The option `tidycnn.progress` says how progress is shown: `"bars"` (the default where R is used interactively),
#' `"lines"` (one an epoch; the default elsewhere, as in logs) or `"none"` (the default in documents that knitr makes).
#'
#' @keywords internal
"_PACKAGE"

# What lives as long as the session: the engine, once it is started, and what it last said.
the <- new.env()
the$entries <- 0 # How many pieces of R code that Python entered are under way.
