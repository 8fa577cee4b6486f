# What the tests of the bridge need: a door to Python functions written in a test, and R processes of their own.

skip_if_no_engine <- function() {
  python <- find_python()
  skip_if(is.null(python) || !is.null(python_problem(python)), "needs Python and its packages")
}

# TensorFlow too.
skip_if_not_ready <- function() {
  skip_if(!tidycnn_ready(), "needs Python with its packages and TensorFlow")
}

# Give Python functions, written here as text, to call_py("<name>", module = "stand_in").
stand_in <- function(code) {
  skip_if_no_engine()
  engine()
  runner <- reticulate::py_run_string(
    "
def add_stand_in(code):
    import sys, types
    import tidycnn
    module = sys.modules.setdefault('tidycnn.stand_in', types.ModuleType('tidycnn.stand_in'))
    exec(code, module.__dict__)
",
    convert = FALSE
  )
  runner$add_stand_in(code)
  invisible()
}

echo <- function(value) {
  call_py("echo", module = "stand_in")
}

# Make R's default replaceable in a test: put `value` in place of the package's own `name`.
local_stand_in <- function(name, value, .env = parent.frame()) {
  namespace <- asNamespace("tidycnn")
  kept <- get(name, envir = namespace)
  put <- function(value) {
    unlock <- get("unlockBinding", envir = baseenv())
    unlock(name, namespace)
    assign(name, value, envir = namespace)
    lockBinding(name, namespace)
  }
  put(value)
  withr::defer(put(kept), envir = .env)
}

# Start an R process that has the same package, Python and working folder.
r_process <- function(f, arguments = list()) {
  skip_if_not_installed("callr")
  skip_if_no_engine()
  callr::r_bg(
    f,
    arguments,
    libpath = .libPaths(),
    supervise = TRUE,
    stderr = tempfile(),
    env = c(callr::rcmd_safe_env(), TIDYCNN_PYTHON = find_python()$path, RETICULATE_PYTHON = "")
  )
}

answer_of <- function(process, seconds = 120) {
  process$wait(seconds * 1000)
  process$get_result()
}

# Wait until a fit that logs its epochs in the file `log` has learned.
wait_for_epoch <- function(process, log) {
  for (wait in seq_len(1200)) {
    if (process$is_alive() && !(file.exists(log) && length(readLines(log, warn = FALSE)) > 1)) Sys.sleep(0.05)
  }
}

# Press Ctrl-C then.
interrupt_at_epoch <- function(process, log) {
  unlink(log)
  wait_for_epoch(process, log)
  process$interrupt()
}
