#' Report what is installed, what this machine can do, and what is wrong
#'
#' The first thing to look at when something does not work. Nothing is started or loaded in this R session: Python and
#' TensorFlow are tried in a process of their own.
#'
#' @returns A tibble, one row per part: `part`, `found`, `status` (`ok`, `note`, `problem`) and `advice`, what to do
#'   about it. It prints as a list.
#' @examplesIf tidycnn_ready()
#' tidycnn_sitrep()
#' @family set-up
#' @export
tidycnn_sitrep <- function() {
  python <- find_python()
  rows <- rbind(r_findings(), python_finding(python), engine_findings(python))
  structure(tibble::as_tibble(rows), class = c("tidycnn_sitrep", "tbl_df", "tbl", "data.frame"))
}

#' @export
print.tidycnn_sitrep <- function(x, ...) {
  marks <- c(ok = cli::symbol$tick, note = "!", problem = cli::symbol$cross)
  lines <- paste0(marks[x$status], " ", x$part, ": ", x$found)
  advised <- nzchar(x$advice)
  lines[advised] <- paste0(lines[advised], "\n    ", x$advice[advised])
  cat(lines, sep = "\n")
  invisible(x)
}

finding <- function(part, found, status = "ok", advice = "") {
  data.frame(part = part, found = found, status = status, advice = advice)
}

r_findings <- function() {
  engine <- file.exists(file.path(engine_folder(), "tidycnn", "__init__.py"))
  rbind(
    finding("R", as.character(getRversion())),
    finding("reticulate", as.character(utils::packageVersion("reticulate"))),
    finding(
      "R package tidycnn",
      paste(utils::packageVersion("tidycnn"), "in", system.file(package = "tidycnn")),
      if (engine) "ok" else "problem",
      if (engine) "" else "Its Python part is missing: install it from the file that `make r-package` builds."
    )
  )
}

python_finding <- function(python) {
  if (is.null(python)) {
    found <- if (has_py_require()) "none yet; reticulate will make one when it is needed" else "none"
    return(finding("Python for R", found, if (has_py_require()) "note" else "problem", "Run `install_tidycnn()`."))
  }
  problem <- python_problem(python)
  found <- paste0(python$path, ", because ", python$why)
  if (is.null(problem)) {
    finding("Python for R", found)
  } else {
    finding("Python for R", paste0(found, "; it ", problem), "problem", python_advice(python))
  }
}

ENGINE_REPORT <- "
import sys
sys.path.insert(0, sys.argv[1])
from tidycnn.core.machine import findings
for finding in findings():
    print('\\x1f'.join(' '.join(str(field).split()) for field in finding))
"

# The engine looks by itself, in a process of its own; what R knows better is left out.
engine_findings <- function(python) {
  if (is.null(python)) {
    return(NULL)
  }
  script <- tempfile(fileext = ".py")
  on.exit(unlink(script))
  writeLines(ENGINE_REPORT, script)
  lines <- run_program(python$path, c(script, engine_folder()), is_captured = TRUE)
  fields <- strsplit(paste0(lines, "\x1f"), "\x1f", fixed = TRUE)
  rows <- lapply(fields[lengths(fields) >= 3], function(parts) {
    finding(parts[[1]], parts[[2]], parts[[3]], if (length(parts) > 3) parts[[4]] else "")
  })
  if (length(rows) == 0) {
    return(finding("engine", "it does not start", "problem", paste("Try", python$path, "-c 'import tidycnn'")))
  }
  rows <- do.call(rbind, rows)
  rows[rows$part != "R", ]
}
