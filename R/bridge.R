# R's side of the one door to Python: call_py() takes the arguments of the function that calls it, sends them, and
# answers, raises, warns or draws what comes back. How values cross is in wire.R, which Python is used in python.R.

# Call the Python function `name` with the arguments of the R function that calls this one.
# `module` is for functions that are not public in Python, such as "flow.preview".
call_py <- function(name, module = "") {
  frame <- parent.frame()
  call_engine(name, caller_arguments(sys.function(sys.parent()), frame), module, call = frame)
}

caller_arguments <- function(caller, frame) {
  defaults <- as.list(formals(caller))
  arguments <- lapply(stats::setNames(nm = names(defaults)), function(name) {
    if (name == "...") {
      return(eval(quote(list(...)), frame))
    }
    if (identical(defaults[[name]], quote(expr = )) && eval(call("missing", as.name(name)), frame)) {
      abort_input("`%s` is missing, and has no default.", name, call = frame)
    }
    get(name, envir = frame, inherits = FALSE)
  })
  if ("seed" %in% names(arguments) && is.null(arguments$seed)) {
    # Python tells it from one that the user gave.
    arguments$seed <- structure(sample.int(.Machine$integer.max, 1L), class = "tidycnn_drawn_seed")
  }
  arguments
}

call_engine <- function(name, arguments, module = "", call = rlang::caller_env()) {
  bridge <- engine(call)
  messages <- Map(to_wire, arguments, names(arguments), MoreArgs = list(call = call))
  the$function_error <- NULL
  if (the$entries == 0) {
    the$left <- NULL
  }
  bars <- length(the$bars)
  on.exit(end_bars(bars + 1))
  answer <- with_conditions_kept(uninterrupted(bridge$answer(name, module, messages, show_event, progress_form())))
  leave_if_left(call)
  reply <- reticulate::py_to_r(reticulate::py_get_item(answer, 0L))
  for (message in reply$remarks) {
    show_remark(message)
  }
  for (message in reply$warnings) {
    rlang::warn(message, class = "tidycnn_warning", call = call)
  }
  switch(
    reply$value$type,
    error = raise_error(reply$value, call),
    bug = raise_bug(reply$value, name, call),
    interrupt = rlang::interrupt(),
    from_wire(reply$value, handle_maker(reticulate::py_get_item(answer, 1L)))
  )
}

# Python is started on first use and not when the package is loaded: that would start it for everybody.
engine <- function(call = rlang::caller_env()) {
  if (is.null(the$bridge)) {
    start_python(call)
    loading <- reticulate::import("tidycnn.core.loading", convert = FALSE)
    the$bridge <- uninterrupted(loading$load("tidycnn.bridge"))
    the$bridge$take_interrupts()
  }
  the$bridge
}

# Ctrl-C before or after our own Python code runs comes as an R error from reticulate.
uninterrupted <- function(expr) {
  tryCatch(expr, error = function(error) {
    if (grepl("KeyboardInterrupt", conditionMessage(error), fixed = TRUE)) rlang::interrupt() else stop(error)
  })
}

# --- errors ----------------------------------------------------------------------------------------------------------

raise_error <- function(error, call) {
  rlang::abort(
    error$message,
    body = c(i = error$hint),
    class = c(paste0("tidycnn_", error$kind, "_error"), "tidycnn_error"),
    call = call,
    parent = if (error$kind == "function") the$function_error
  )
}

raise_bug <- function(bug, name, call) {
  rlang::abort(
    paste0("`", name, "()` failed inside Python: ", bug$message),
    body = c(
      x = bug$place,
      i = "This is our mistake. The condition holds the whole Python traceback: `rlang::last_error()$python_traceback`."
    ),
    class = "tidycnn_bug",
    python_traceback = bug$traceback,
    call = call
  )
}

# The few errors that are made in R, in the form of those made in Python. `message` and the dots are for sprintf().
abort_input <- function(message, ..., hint = NULL, kind = "input", call) {
  rlang::abort(
    readable(sprintf(message, ...)),
    body = c(i = hint),
    class = c(paste0("tidycnn_", kind, "_error"), "tidycnn_error"),
    call = call
  )
}

# Spell out what would steer a terminal, and bytes that are no text, as `readable()` of Python does.
readable <- function(text) {
  points <- utf8ToInt(iconv(text, "UTF-8", "UTF-8", sub = "byte"))
  steers <- points %in% c(1:8, 11:31, 127:159, 0x2028:0x202e, 0x2066:0x2069)
  shown <- intToUtf8(points, multiple = TRUE)
  forms <- c("\\u%04x", "\\x%02x")[1 + (points[steers] < 256)]
  shown[steers] <- sprintf(forms, as.integer(points[steers]))
  paste(shown, collapse = "")
}

quoted <- function(x) {
  paste0("'", x, "'", collapse = ", ")
}
