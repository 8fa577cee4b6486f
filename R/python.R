# Which Python R uses, and what to do where it lacks what we need.

start_python <- function(call) {
  python <- find_python()
  reticulate::use_python(python$path, required = TRUE)
  path <- reticulate::import("sys", convert = FALSE)$path
  path$insert(0L, system.file("python", package = "tidycnn"))
}

find_python <- function() {
  list(path = Sys.getenv("TIDYCNN_PYTHON"), source = "TIDYCNN_PYTHON")
}

#' @export
tidycnn_ready <- function() TRUE
