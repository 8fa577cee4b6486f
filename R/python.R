# Which Python R uses and why, whether it has what is needed, and what to do where it has not.

PYTHON_OLDEST <- "3.10"

# Packages by the names under which they are imported, where the two differ.
IMPORT_NAMES <- c(
  "docstring-parser" = "docstring_parser",
  "lazy-loader" = "lazy_loader",
  "opencv-python-headless" = "cv2",
  "pillow" = "PIL",
  "scikit-learn" = "sklearn"
)

TENSORFLOW <- list(
  cpu = c(
    "tensorflow-cpu>=2.18; platform_machine == 'x86_64' and sys_platform != 'darwin'",
    "tensorflow>=2.18; platform_machine != 'x86_64' or sys_platform == 'darwin'"
  ),
  tensorflow = "tensorflow>=2.18",
  gpu = "tensorflow[and-cuda]>=2.18"
)

# The first of these that gives a path is used; one that lacks something is an error, never passed over.
PYTHON_SOURCES <- list(
  running = list(why = "it runs already", path = function() running_python()),
  RETICULATE_PYTHON = list(why = "RETICULATE_PYTHON says so", path = function() named_python("RETICULATE_PYTHON")),
  TIDYCNN_PYTHON = list(why = "TIDYCNN_PYTHON says so", path = function() named_python("TIDYCNN_PYTHON")),
  project = list(why = "it is the .venv of this project", path = function() project_python()),
  installed = list(why = "`install_tidycnn()` made it", path = function() installed_python())
)

#' Install what R needs from Python
#'
#' Makes a Python environment of its own, with the packages that tidycnn needs in versions that fit the installed
#' reticulate. [tidycnn_sitrep()] tells whether it is needed.
#'
#' @param envname The name of the virtual environment, or a path. R finds `"r-tidycnn"` by itself; for another one set
#'   the environment variable `TIDYCNN_PYTHON` to its Python.
#' @param extra Which TensorFlow: `"cpu"` (small, for processors), `"tensorflow"`, or `"gpu"` (with CUDA).
#' @param python The Python to make the environment with; reticulate chooses one where `NULL`.
#' @returns The path of the Python in the new environment, invisibly.
#' @examples
#' if (FALSE) {
#'   install_tidycnn()
#' }
#' @family set-up
#' @export
install_tidycnn <- function(envname = "r-tidycnn", extra = "cpu", python = NULL) {
  if (!is.character(extra) || length(extra) != 1 || !extra %in% names(TENSORFLOW)) {
    abort_input("`extra` must be one of %s.", quoted(names(TENSORFLOW)), call = environment())
  }
  path <- make_virtualenv(envname, python)
  constraints <- tempfile(fileext = ".txt")
  on.exit(unlink(constraints))
  writeLines(python_constraints(utils::packageVersion("reticulate")), constraints)
  asked <- c("-c", constraints, "-r", requirements_file(), TENSORFLOW[[extra]])
  status <- run_program(path, c("-m", "pip", "install", "--upgrade", asked))
  if (!identical(as.integer(status), 0L)) {
    abort_input(
      "pip could not install the packages into %s.",
      path,
      hint = "What it said stands above.",
      kind = "dependency",
      call = environment()
    )
  }
  the$inspections <- list()
  invisible(path)
}

#' Tell whether Python and its packages are there
#'
#' Looks without starting Python or loading TensorFlow; the examples of this package run where it is `TRUE`.
#'
#' @returns `TRUE` or `FALSE`.
#' @examples
#' tidycnn_ready()
#' @family set-up
#' @export
tidycnn_ready <- function() {
  python <- find_python()
  !is.null(python) && is.null(python_problem(python)) && !"tensorflow" %in% inspect_python(python$path)$lacking
}

# --- starting --------------------------------------------------------------------------------------------------------

start_python <- function(call) {
  check_engine(call)
  python <- find_python()
  if (is.null(python)) {
    if (!has_py_require()) {
      abort_input(
        "No Python with what tidycnn needs was found.",
        hint = "Run `install_tidycnn()`, or set TIDYCNN_PYTHON to a Python that has it.",
        kind = "dependency",
        call = call
      )
    }
    require_python()
  } else {
    check_python(python, call)
    if (python$source != "running") bind_python(python$path)
  }
  put_engine_first()
  share_temporary_folder()
}

# R never lets Python end in order: what Python then leaves in its temporary folder goes with R's.
share_temporary_folder <- function() {
  temporary <- reticulate::import("tempfile", convert = FALSE)
  temporary$tempdir <- tempdir()
}

# Named by the variable, reticulate takes this one and looks for no other.
bind_python <- function(path) {
  named <- Sys.getenv("RETICULATE_PYTHON", NA)
  Sys.setenv(RETICULATE_PYTHON = path)
  on.exit(if (is.na(named)) Sys.unsetenv("RETICULATE_PYTHON") else Sys.setenv(RETICULATE_PYTHON = named))
  reticulate::py_config()
}

# Our copy of the engine goes before all others, here and in child processes.
put_engine_first <- function() {
  folder <- engine_folder()
  reticulate::import("sys", convert = FALSE)$path$insert(0L, folder)
  environ <- reticulate::import("os", convert = FALSE)$environ
  others <- setdiff(strsplit(Sys.getenv("PYTHONPATH"), .Platform$path.sep, fixed = TRUE)[[1]], folder)
  environ$update(list(PYTHONPATH = paste(c(folder, others), collapse = .Platform$path.sep)))
}

check_engine <- function(call) {
  if (!file.exists(file.path(engine_folder(), "tidycnn", "__init__.py"))) {
    abort_input(
      "The Python part of tidycnn is missing from the R package in %s.",
      system.file(package = "tidycnn"),
      hint = paste(
        "The package was installed from a checkout without symbolic links.",
        "Install it from the file that `make r-package` builds."
      ),
      kind = "dependency",
      call = call
    )
  }
}

check_python <- function(python, call) {
  problem <- python_problem(python)
  if (!is.null(problem)) {
    abort_input(
      "Python at %s (used because %s) %s.",
      python$path,
      python$why,
      problem,
      hint = python_advice(python),
      kind = "dependency",
      call = call
    )
  }
}

python_problem <- function(python) {
  inspection <- inspect_python(python$path)
  lacking <- setdiff(inspection$lacking, "tensorflow")
  if (is.null(inspection$version)) {
    "does not start"
  } else if (numeric_version(inspection$version) < PYTHON_OLDEST) {
    paste0("is of version ", inspection$version, ", but ", PYTHON_OLDEST, " or newer is needed")
  } else if (!inspection$is_shared) {
    "has no shared library, which R needs to load it"
  } else if (length(lacking) > 0) {
    paste("lacks", paste(lacking, collapse = ", "))
  }
}

python_advice <- function(python) {
  fill <- paste0("install them there: ", python$path, " -m pip install -r ", requirements_file())
  choose <- switch(
    python$source,
    running = "restart R, and set TIDYCNN_PYTHON before Python starts",
    RETICULATE_PYTHON = paste(
      "unset RETICULATE_PYTHON (RStudio sets it by Tools > Global Options > Python), restart R,",
      "and run `install_tidycnn()`"
    ),
    "run `install_tidycnn()`, and set TIDYCNN_PYTHON to the Python that it makes"
  )
  if (grepl("^lacks", python_problem(python))) {
    paste0("Either ", fill, " - or ", choose, ".")
  } else {
    paste0(toupper(substr(choose, 1, 1)), substring(choose, 2), ".")
  }
}

# --- finding ---------------------------------------------------------------------------------------------------------

find_python <- function() {
  for (source in names(PYTHON_SOURCES)) {
    path <- PYTHON_SOURCES[[source]]$path()
    if (!is.null(path)) {
      return(list(path = path, source = source, why = PYTHON_SOURCES[[source]]$why))
    }
  }
  NULL
}

running_python <- function() {
  if (isNamespaceLoaded("reticulate") && reticulate::py_available(initialize = FALSE)) {
    reticulate::py_config()$python
  }
}

# "managed" is how new versions of reticulate are told to make an environment with py_require().
named_python <- function(variable) {
  path <- Sys.getenv(variable)
  if (nzchar(path) && path != "managed") {
    if (dir.exists(path)) python_in(path) else path.expand(path)
  }
}

# The nearest `.venv` upwards: that of our own checkout, or any that has what we need.
project_python <- function(folder = getwd()) {
  repeat {
    path <- python_in(file.path(folder, ".venv"))
    is_ours <- file.exists(path) && (is_checkout(folder) || is.null(python_problem(list(path = path))))
    if (is_ours) {
      return(path)
    }
    if (folder == dirname(folder)) {
      return(NULL)
    }
    folder <- dirname(folder)
  }
}

is_checkout <- function(folder) {
  description <- file.path(folder, "DESCRIPTION")
  file.exists(description) && identical(unname(read.dcf(description, "Package")[1, 1]), "tidycnn")
}

installed_python <- function() {
  root <- Sys.getenv("WORKON_HOME", Sys.getenv("RETICULATE_VIRTUALENV_ROOT", "~/.virtualenvs"))
  path <- python_in(file.path(path.expand(root), "r-tidycnn"))
  if (file.exists(path)) path
}

python_in <- function(environment) {
  file.path(environment, if (.Platform$OS.type == "windows") "Scripts/python.exe" else "bin/python")
}

has_py_require <- function() {
  "py_require" %in% getNamespaceExports("reticulate")
}

require_python <- function(py_require = getExportedValue("reticulate", "py_require")) {
  py_require(c(readLines(requirements_file()), TENSORFLOW$cpu), python_version = paste0(">=", PYTHON_OLDEST))
}

# --- asking a Python -------------------------------------------------------------------------------------------------

INSPECTION <- "
import ctypes, importlib.util, sys, sysconfig
def loads(name):
    try:
        return bool(ctypes.CDLL(name))
    except OSError:
        return False
name = sysconfig.get_config_var('INSTSONAME') or '.a'
shared = sys.platform == 'win32' or not name.endswith('.a') and (
    loads(name) or loads(str(sysconfig.get_config_var('LIBDIR')) + '/' + name))
print('.'.join(map(str, sys.version_info[:3])))
print(shared)
print(*[module for module in sys.argv[1:] if importlib.util.find_spec(module) is None])
"

# Ask a Python, in a process of its own, for its version, whether R can load it, and which packages it lacks.
inspect_python <- function(path) {
  if (is.null(the$inspections[[path]])) {
    script <- tempfile(fileext = ".py")
    on.exit(unlink(script))
    writeLines(INSPECTION, script)
    modules <- import_names(requirements())
    answer <- run_program(path, c(script, unname(modules), "tensorflow"), is_captured = TRUE)
    the$inspections[[path]] <- if (length(answer) < 3) {
      list(lacking = character())
    } else {
      missing <- strsplit(answer[[3]], " ", fixed = TRUE)[[1]]
      lacking <- c(names(modules)[modules %in% missing], intersect(missing, "tensorflow"))
      list(version = answer[[1]], is_shared = answer[[2]] == "True", lacking = lacking)
    }
  }
  the$inspections[[path]]
}

requirements_file <- function() {
  file.path(engine_folder(), "requirements.txt")
}

engine_folder <- function() {
  system.file("python", package = "tidycnn")
}

requirements <- function() {
  sub("[<>=!~;[ ].*$", "", readLines(requirements_file()))
}

import_names <- function(packages) {
  found <- IMPORT_NAMES[packages]
  stats::setNames(ifelse(is.na(found), packages, found), packages)
}

# What reticulate puts on Python packages; `tools/constraints.py` says the same.
python_constraints <- function(reticulate_version) {
  if (reticulate_version < "1.41") c("numpy<2", "pandas<3") else character()
}

# The two doors to the world outside, which tests replace.
run_program <- function(command, arguments, is_captured = FALSE) {
  output <- if (is_captured) TRUE else ""
  tryCatch(
    suppressWarnings(system2(command, shQuote(arguments), stdout = output, stderr = if (is_captured) FALSE else "")),
    error = function(error) if (is_captured) character() else 127L
  )
}

make_virtualenv <- function(envname, python) {
  reticulate::virtualenv_create(envname, python = python, packages = FALSE)
  reticulate::virtualenv_python(envname)
}
