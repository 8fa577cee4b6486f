# The Keras floor: R's side of the one door to Keras's own functions. What R writes becomes what Keras takes in Python,
# in `keras_floor/calls.py`; here only arguments are gathered.

# Call `keras.<target>` with the arguments of the R function that calls this one.
call_keras <- function(target, arguments = NULL) {
  frame <- parent.frame()
  given <- if (is.null(arguments)) given_arguments(sys.function(sys.parent()), frame) else arguments
  call_engine("call_keras", list(target = target, arguments = given, seed = fresh_seed()), "keras_floor.calls", frame)
}

# Make a layer with the arguments of the R function that calls this one, and put it behind its `object`.
call_layer <- function(target) {
  frame <- parent.frame()
  check_object(frame)
  given <- given_arguments(sys.function(sys.parent()), frame)
  object <- if (is.null(given$object)) given$inputs else given$object
  given[c("object", "inputs")] <- NULL
  call_engine(
    "call_layer",
    list(target = target, object = object, arguments = given, seed = fresh_seed()),
    "keras_floor.layers",
    frame
  )
}

# What is NULL and NULL by default is left to Keras.
given_arguments <- function(caller, frame) {
  values <- caller_arguments(caller, frame)
  is_left <- vapply(names(values), function(name) is.null(values[[name]]) && is.null(formals(caller)[[name]]), TRUE)
  values[!is_left]
}

# `layer_dense("64")` takes 64 for the model: said before anything else is found missing.
check_object <- function(frame) {
  object <- get0("object", frame, inherits = FALSE)
  if (!is.null(object) && !is.list(object) && !inherits(object, "python.builtin.object")) {
    abort_input(
      "`object` must be a model or a tensor, not %s.",
      describe(object),
      hint = "A layer comes behind a model: `model |> layer_dense(units = 64)`. Alone it needs names: `units = 64`.",
      call = frame
    )
  }
}

# Say what was received.
describe <- function(value) {
  if (inherits(value, "tidycnn_handle")) format(value) else deparse(value, nlines = 1L)
}

# R's own stream rules initial weights, as set.seed() says.
fresh_seed <- function() {
  sample.int(.Machine$integer.max, 1L)
}

# Make a handle of a layer or model a function, so that it can be a step of a pipe, as in `model |> base_model()`.
as_step <- function(handle) {
  step <- function(object, ...) {
    call_engine(
      "compose",
      list(object = object, layer = handle, options = list(...), seed = fresh_seed()),
      "keras_floor.layers"
    )
  }
  attributes(step) <- attributes(handle)
  attr(step, "py_object") <- handle
  step
}

#' Make R, Python and Keras repeat themselves
#'
#' With tidycnn, [set.seed()] alone rules what a model starts from and how a flow shuffles; this also sets the streams of
#' NumPy, of Python and of TensorFlow.
#'
#' @param seed A whole number.
#' @param disable_gpu,disable_parallel_cpu,quiet Taken as in 2018, and without effect.
#' @returns The seed, invisibly.
#' @examplesIf tidycnn_ready()
#' use_session_with_seed(42)
#' @family Keras floor
#' @export
use_session_with_seed <- function(seed, disable_gpu = TRUE, disable_parallel_cpu = TRUE, quiet = FALSE) {
  call_engine("set_seed", list(seed = seed), "keras_floor.calls", environment())
  set.seed(seed)
  invisible(seed)
}
