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
    if (identical(defaults[[name]], quote(expr = )) && eval(call("missing", as.name(name)), frame)) {
      abort_input("`%s` is missing, and has no default.", name, call = frame)
    }
    get(name, envir = frame, inherits = FALSE)
  })
  if ("seed" %in% names(arguments) && is.null(arguments$seed)) {
    arguments$seed <- sample.int(.Machine$integer.max, 1L)
  }
  arguments
}

call_engine <- function(name, arguments, module = "", call = rlang::caller_env()) {
  bridge <- engine(call)
  messages <- Map(to_wire, arguments, names(arguments), MoreArgs = list(call = call))
  the$function_error <- NULL
  answer <- uninterrupted(bridge$answer(name, module, messages, show_event, is_progress_drawn()))
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
    left = rlang::cnd_signal(the$left_by),
    from_wire(reply$value, handle_maker(reticulate::py_get_item(answer, 1L)))
  )
}

# Python is started on first use and not when the package is loaded: that would start it for everybody.
engine <- function(call = rlang::caller_env()) {
  if (is.null(the$bridge)) {
    start_python(call)
    the$bridge <- reticulate::import("tidycnn.bridge", convert = FALSE)
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
    sprintf(message, ...),
    body = c(i = hint),
    class = c(paste0("tidycnn_", kind, "_error"), "tidycnn_error"),
    call = call
  )
}

quoted <- function(x) {
  paste0("'", x, "'", collapse = ", ")
}

# --- Python enters R, on the main thread only: functions, remarks, progress ------------------------------------------

# Wrap an R function so that its arguments and its value cross by the same wire.
function_for_python <- function(f, call) {
  function(message, kept) {
    entered({
      message <- reticulate::py_to_r(message)
      arguments <- lapply(c(message$arguments, message$named), from_wire, make_handle = handle_maker(kept))
      to_wire(do.call(f, arguments, quote = TRUE), "the value of the function", call)
    })
  }
}

# Show one event and say whether the work goes on.
show_event <- function(event) {
  event <- reticulate::py_to_r(event)
  is_shown <- entered({
    event_showers[[event$event]](event)
    list(type = "shown")
  })
  is_shown$type
}

# Run R code that Python entered. R cannot jump over Python: errors and interrupts are answers, and a condition that
# makes a handler of the user jump is kept, Python unwinds, and call_engine() signals it again.
entered <- function(expr) {
  tryCatch(
    withCallingHandlers(expr, condition = function(condition) the$left_by <- condition),
    error = function(error) {
      the$function_error <- error
      list(type = "error", message = conditionMessage(error))
    },
    interrupt = function(condition) list(type = "interrupt")
  )
}

event_showers <- list(
  remark = function(event) show_remark(event$text),
  start = function(event) {
    if (is.null(the$bar)) {
      the$bar <- list(task = event$task, id = start_bar(event$text, event$number))
    }
  },
  update = function(event) {
    if (identical(the$bar$task, event$task)) {
      cli::cli_progress_update(set = event$number, id = the$bar$id, extra = list(note = event$text), .envir = the)
    }
  },
  finish = function(event) {
    if (identical(the$bar$task, event$task)) {
      cli::cli_progress_done(id = the$bar$id, .envir = the)
      the$bar <- NULL
    }
  }
)

start_bar <- function(description, total) {
  cli::cli_progress_bar(
    name = description,
    total = total,
    format = "{cli::pb_name} {cli::pb_bar} {cli::pb_current}/{cli::pb_total} {cli::pb_eta_str} {cli::pb_extra$note}",
    extra = list(note = ""),
    auto_terminate = FALSE,
    .auto_close = FALSE,
    .envir = the
  )
}

show_remark <- function(text) {
  rlang::inform(c(i = text), class = "tidycnn_remark")
}

is_progress_drawn <- function() {
  isTRUE(getOption("tidycnn.progress", interactive() && !isTRUE(getOption("knitr.in.progress"))))
}
