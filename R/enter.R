# Python enters R, on the main thread only: functions of R, remarks, progress.
#
# No jump of R may cross Python, whose frames it would drop without a word: R dies of that, often much later. So R code
# that Python enters is a room with one door. What jumps there (to a handler, a restart, a loop or a function outside, or
# to the prompt) is stopped at the door, Python unwinds, and call_engine() jumps where no Python stands between.

# Wrap an R function so that its arguments and its value cross by the same wire.
function_for_python <- function(f, call) {
  function(message, kept) {
    message <- reticulate::py_to_r(message)
    entered(function() {
      arguments <- lapply(c(message$arguments, message$named), from_wire, make_handle = handle_maker(kept))
      to_wire(do.call(f, arguments, quote = TRUE), "the value of the function", call)
    })
  }
}

# Show one event and say whether the work goes on.
show_event <- function(event) {
  event <- reticulate::py_to_r(event)
  is_shown <- entered(function() {
    event_showers[[event$event]](event)
    list(type = "shown")
  })
  if (is_shown$type == "error") {
    is_shown <- left_by(list(error = the$function_error))
  }
  is_shown$type
}

# Run R code that Python entered, a function without arguments. Errors and interrupts are answers. A jump is stopped by
# returning while it passes, the one thing that it cannot go through. Python suspends interrupts on the way to here.
entered <- function(run) {
  condition <- NULL
  has_jumped <- TRUE
  depth <- the$entries
  the$entries <- depth + 1
  on.exit({
    the$entries <- depth
    if (has_jumped) {
      return(left_by(list(condition = condition, again = run)))
    }
  })
  answer <- tryCatch(
    with_outer_restarts(
      withCallingHandlers(allowInterrupts(run()), condition = function(signalled) condition <<- signalled)
    ),
    error = function(error) {
      the$function_error <- error
      list(type = "error", message = conditionMessage(error))
    },
    interrupt = function(condition) list(type = "interrupt")
  )
  has_jumped <- FALSE
  answer
}

# Evaluate with stand-ins for the restarts outside: invoked, they note which one was meant.
with_outer_restarts <- function(expr) {
  outer <- computeRestarts()
  names(outer) <- vapply(outer, function(restart) paste0(restart$name, ""), "")
  outer <- outer[nzchar(names(outer)) & !duplicated(names(outer))]
  outer$abort <- "abort"
  stand_ins <- lapply(outer, function(restart) {
    force(restart)
    function(...) left_by(list(restart = restart, arguments = list(...)))
  })
  do.call(withRestarts, c(list(quote(expr)), stand_ins), quote = FALSE)
}

# Keep the first jump: what R does for Python while it unwinds may jump again.
left_by <- function(jump) {
  if (is.null(the$left)) {
    the$left <- jump
  }
  list(type = "left")
}

# Jump where R code that Python entered was about to, now that Python has unwound. `call` is what is left.
leave_if_left <- function(call) {
  jump <- the$left
  if (is.null(jump)) {
    return(invisible())
  }
  the$left <- NULL
  if (!is.null(jump$error)) {
    stop(jump$error)
  }
  if (!is.null(jump$restart)) {
    do.call(invokeRestart, c(list(jump$restart), jump$arguments))
  }
  if (!is.null(jump$condition)) {
    withRestarts(
      signalCondition(jump$condition),
      muffleMessage = function() NULL,
      muffleWarning = function() NULL
    )
  }
  # Nothing tells where a bare jump leads (a `return()` of another function, as callCC() makes it): it is made again.
  suppressWarnings(jump$again())
  abort_input("A function of R jumped out of the work that called it, which has ended.", kind = "function", call = call)
}

# Functions of R that others than us handed to Python have no such room: their messages and warnings wait outside.
with_conditions_kept <- function(expr) {
  depth <- the$entries
  kept <- list()
  keep_for <- function(restart) {
    force(restart)
    function(condition) {
      if (identical(the$entries, depth) && !is.null(findRestart(restart))) {
        kept <<- c(kept, list(condition))
        invokeRestart(restart)
      }
    }
  }
  value <- withCallingHandlers(expr, message = keep_for("muffleMessage"), warning = keep_for("muffleWarning"))
  for (condition in kept) {
    if (inherits(condition, "warning")) warning(condition) else message(condition)
  }
  value
}

event_showers <- list(
  remark = function(event) show_remark(event$text),
  line = function(event) show_line(event$text),
  start = function(event) {
    the$bars <- c(the$bars, list(list(task = event$task, text = event$text, total = event$number, done = event$done)))
    draw_bar(length(the$bars), note = "")
  },
  update = function(event) {
    at <- bar_of(event$task)
    if (!is.na(at)) {
      the$bars[[at]]$done <- event$number
      if (at == length(the$bars)) draw_bar(at, event$text)
    }
  },
  finish = function(event) {
    at <- bar_of(event$task)
    if (!is.na(at)) end_bars(at)
  }
)

# End a bar and those that began inside it.
end_bars <- function(from) {
  for (bar in rev(the$bars)[seq_len(max(0, length(the$bars) - from + 1))]) {
    if (!is.null(bar$id)) cli::cli_progress_done(id = bar$id, .envir = the)
  }
  the$bars <- the$bars[seq_len(from - 1)]
}

# cli ends a bar where another begins: the one around it is begun again when that has ended.
draw_bar <- function(at, note) {
  bar <- the$bars[[at]]
  if (is.null(bar$id)) {
    bar$id <- start_bar(paste0(text_of_outer_bars(at), bar$text), bar$total)
    the$bars <- lapply(the$bars, function(other) other[names(other) != "id"])
    the$bars[[at]] <- bar
  }
  extra <- list(bar = ten_marks(bar$done / max(bar$total, 1)), note = note)
  cli::cli_progress_update(set = bar$done, id = bar$id, extra = extra, .envir = the)
}

bar_of <- function(task) {
  match(task, lapply(the$bars, function(bar) bar$task))
}

# R draws one bar at a time, the innermost: what is around it stands before it.
text_of_outer_bars <- function(at) {
  words <- lapply(the$bars[seq_len(at - 1)], function(bar) sprintf("%s %.0f/%s > ", bar$text, bar$done + 1, bar$total))
  paste0(unlist(words), collapse = "")
}

start_bar <- function(description, total) {
  cli::cli_progress_bar(
    name = description,
    total = total,
    format = paste(
      "{cli::pb_name} {cli::pb_extra$bar} {cli::pb_current}/{cli::pb_total}",
      "{cli::pb_eta_str} {cli::pb_extra$note}"
    ),
    extra = list(bar = "", note = ""),
    auto_terminate = FALSE,
    .auto_close = FALSE,
    .envir = the
  )
}

# The bar of cli is thirty columns wide, and of eighty leaves none for the values.
ten_marks <- function(share) {
  done <- floor(10 * min(share, 1))
  mark <- if (cli::is_utf8_output()) "\u25a0" else "="
  paste0(strrep(mark, done), strrep(" ", 10 - done))
}

# A line stays, above the bars where there are any.
show_line <- function(text) {
  if (length(the$bars) > 0) {
    cli::cli_verbatim(text)
  } else {
    rlang::inform(text, class = "tidycnn_progress")
  }
}

show_remark <- function(text) {
  rlang::inform(c(i = text), class = "tidycnn_remark")
}

# How progress is shown: bars where somebody watches, else lines, as in logs; nothing in documents that knitr makes.
progress_form <- function() {
  form <- getOption("tidycnn.progress")
  if (is.character(form)) {
    form <- rlang::arg_match0(form, c("bars", "lines", "none"), arg_nm = "tidycnn.progress")
  }
  if (is.null(form)) {
    form <- if (isTRUE(getOption("knitr.in.progress"))) {
      "none"
    } else if (interactive()) {
      "bars"
    } else {
      "lines"
    }
  }
  if (isTRUE(form)) {
    "bars"
  } else if (isFALSE(form)) {
    "none"
  } else {
    form
  }
}
