stand_in(
  "
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from tidycnn.core import errors, progress

def echo(value):
    return value

def several(*rest, last=0, **named):
    return {'rest': list(rest), 'last': last, 'named': named}

def raise_kind(kind, hint):
    raise getattr(errors, kind)('`x` must be {1, 2}, not 3.', hint=hint)

def constants():
    raise errors.InputError(errors.listed([errors.constant(None), errors.constant(True)]))

def bug():
    return {}['key']

def bug_in_thread():
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(bug).result()

def lone_thread():
    threading.excepthook = lambda arguments: None
    thread = threading.Thread(target=bug)
    thread.start()
    thread.join()
    return 'survived'

def leave():
    raise SystemExit(3)

def interrupt():
    raise KeyboardInterrupt

def speak(n):
    progress.remark('a {remark}')
    for i in range(n):
        errors.warn(f'warning {{{i + 1}}}')
    return n

def work(total, pause):
    with progress.track('Counting', int(total)) as task:
        for i in range(int(total)):
            time.sleep(pause)
            task.advance(note=f'step {i + 1}')
    return 'done'

def end_with_a_note(total):
    with progress.track('Counting', int(total)) as task:
        task.advance(int(total))
        task.advance(0, note='evaluated')
    return 'done'

def tell(line, left, note):
    with progress.track('Fitting', 1200) as task:
        task.advance(600, note=note)
        task.tell(line, left=left)
        time.sleep(0.25)
        task.advance(1, note=note)

def nest(outer, inner):
    with progress.track('Folds', int(outer)) as folds:
        for _ in range(int(outer)):
            with progress.track('Fitting', int(inner)) as task:
                task.advance(int(inner))
            time.sleep(0.25)
            folds.advance()

def speak_in_thread():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(progress.remark, 'from a thread').result()

def apply(function, value):
    return function(value)

def apply_named(function):
    return function(1, b=2)

def apply_in_thread(function):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, 1).result()

def needs_main_thread(function):
    return function.needs_main_thread

def take(from_, seed):
    return {'from': from_, 'seed': seed}
"
)
raise_kind <- function(kind, hint = NULL) call_py("raise_kind", module = "stand_in")
constants <- function() call_py("constants", module = "stand_in")
bug <- function() call_py("bug", module = "stand_in")
bug_in_thread <- function() call_py("bug_in_thread", module = "stand_in")
lone_thread <- function() call_py("lone_thread", module = "stand_in")
leave <- function() call_py("leave", module = "stand_in")
interrupt <- function() call_py("interrupt", module = "stand_in")
speak <- function(n) call_py("speak", module = "stand_in")
speak_in_thread <- function() call_py("speak_in_thread", module = "stand_in")
work <- function(total, pause = 0) call_py("work", module = "stand_in")
tell <- function(line, left, note = "") call_py("tell", module = "stand_in")
nest <- function(outer, inner) call_py("nest", module = "stand_in")
end_with_a_note <- function(total) call_py("end_with_a_note", module = "stand_in")
apply_function <- function(`function`, value) call_py("apply", module = "stand_in")
apply_named <- function(`function`) call_py("apply_named", module = "stand_in")
apply_in_thread <- function(`function`) call_py("apply_in_thread", module = "stand_in")
needs_main_thread <- function(`function`) call_py("needs_main_thread", module = "stand_in")
take <- function(from = "train", seed = NULL) call_py("take", module = "stand_in")

# --- arguments -------------------------------------------------------------------------------------------------------

test_that("call_py() sends the arguments and the defaults of its caller", {
  expect_identical(take("test", 2L), list(from = "test", seed = 2L))
  expect_identical(take(seed = 2L)$from, "train")
})

test_that("call_py() finds its caller behind pipes, handlers and other functions", {
  expect_identical("a" |> echo(), "a")
  expect_identical(suppressWarnings(suppressMessages(echo("a"))), "a")
  expect_identical(do.call(echo, list("a")), "a")
  expect_identical(lapply(c("a", "b"), echo), list("a", "b"))
  expect_identical((function(...) echo(...))("a"), "a")
})

test_that("an argument that is missing is named, in the words of the user's call", {
  error <- expect_error(echo(), "`value` is missing", class = "tidycnn_input_error")
  expect_identical(error$call, quote(echo()))
})

test_that("R's own stream of random numbers gives the seed where it is NULL, and moves on", {
  set.seed(1)
  first <- take()$seed
  second <- take()$seed
  set.seed(1)
  expect_identical(take()$seed, first)
  expect_false(first == second)
  set.seed(1)
  take(seed = 5L)
  expect_identical(take()$seed, first)
})

# --- errors ----------------------------------------------------------------------------------------------------------

kinds <- c(
  InputError = "input",
  ImageFileError = "image",
  DependencyError = "dependency",
  StoreError = "store",
  UnsafeError = "unsafe"
)

for (class in names(kinds)) {
  test_that(paste(class, "becomes a classed condition of the user's call, with its hint"), {
    error <- expect_error(raise_kind(class, "Do {this}."), class = paste0("tidycnn_", kinds[[class]], "_error"))
    expect_s3_class(error, "tidycnn_error")
    expect_match(conditionMessage(error), "`x` must be {1, 2}, not 3.\n", fixed = TRUE)
    expect_match(conditionMessage(error), "i Do {this}.", fixed = TRUE)
    expect_identical(error$call, quote(raise_kind(class, "Do {this}.")))
  })
}

test_that("messages speak R", {
  expect_error(constants(), "'NULL' and 'TRUE'", fixed = TRUE)
})

test_that("what is no error of ours is a bug that keeps Python's traceback, from a thread too", {
  error <- expect_error(bug(), "KeyError", class = "tidycnn_bug")
  expect_match(error$python_traceback, "Traceback (most recent call last)", fixed = TRUE)
  error <- expect_error(bug_in_thread(), "KeyError", class = "tidycnn_bug")
  expect_match(error$python_traceback, "in bug", fixed = TRUE)
  expect_error(leave(), "SystemExit", class = "tidycnn_bug")
})

test_that("a thread that fails alone leaves R alive", {
  expect_identical(lone_thread(), "survived")
})

# --- warnings and remarks --------------------------------------------------------------------------------------------

test_that("warnings are R's own, one by one, and the answer still comes", {
  seen <- character()
  answer <- withCallingHandlers(
    suppressMessages(speak(2L)),
    tidycnn_warning = function(warning) {
      seen <<- c(seen, conditionMessage(warning))
      invokeRestart("muffleWarning")
    }
  )
  expect_identical(answer, 2L)
  expect_identical(seen, c("warning {1}", "warning {2}"))
})

test_that("remarks are messages, which can be silenced or caught", {
  expect_message(speak(0L), "a {remark}", fixed = TRUE, class = "tidycnn_remark")
  expect_identical(tryCatch(speak(0L), message = function(message) "left"), "left")
  expect_identical(suppressMessages(speak(0L)), 0L)
})

test_that("a remark from another thread waits until R may be entered", {
  expect_message(speak_in_thread(), "from a thread")
})

# --- progress --------------------------------------------------------------------------------------------------------

test_that("progress enters R at most five times a second, between a start and an end", {
  events <- list()
  local_stand_in(
    "event_showers",
    list(
      start = function(event) events <<- c(events, list(event)),
      update = function(event) events <<- c(events, list(event)),
      finish = function(event) events <<- c(events, list(event))
    )
  )
  withr::local_options(tidycnn.progress = TRUE)
  began <- Sys.time()
  expect_identical(work(60L, 0.005), "done")
  seconds <- as.numeric(Sys.time() - began, units = "secs")
  kinds <- vapply(events, function(event) event$event, "")
  expect_identical(c(kinds[1], kinds[length(kinds)]), c("start", "finish"))
  expect_lte(sum(kinds == "update"), 2 + 5 * seconds)
  last <- events[[length(events) - 1]]
  expect_identical(c(last$number, last$text), c("60", "step 60"))
})

test_that("progress is drawn by cli and leaves no bar behind", {
  withr::local_options(
    tidycnn.progress = TRUE,
    cli.progress_show_after = 0,
    cli.dynamic = FALSE,
    cli.progress_clear = FALSE
  )
  expect_message(work(3L, 0.12), "Counting")
  expect_length(the$bars, 0)
  expect_identical(suppressMessages(end_with_a_note(3L)), "done")
  expect_length(the$bars, 0)
})

test_that("work inside work is drawn with what is around it", {
  withr::local_options(tidycnn.progress = TRUE, cli.progress_show_after = 0, cli.dynamic = FALSE)
  begun <- character()
  start <- start_bar
  local_stand_in("start_bar", function(description, total) {
    begun <<- c(begun, description)
    start(description, total)
  })
  suppressMessages(nest(2L, 3L))
  expect_identical(begun, c("Folds", "Folds 1/2 > Fitting", "Folds", "Folds 2/2 > Fitting", "Folds"))
  expect_length(the$bars, 0)
})

test_that("progress is drawn where somebody watches, written in logs, and left out by knitr", {
  withr::local_options(tidycnn.progress = NULL, knitr.in.progress = NULL)
  expect_identical(progress_form(), if (interactive()) "bars" else "lines")
  withr::local_options(knitr.in.progress = TRUE)
  expect_identical(progress_form(), "none")
  expect_silent(work(2L))
})

test_that("in logs a part that is done is a line, and messages are what it is", {
  withr::local_options(tidycnn.progress = "lines")
  expect_message(tell("epoch 1/2 {a}", "3 s left"), "^epoch 1/2 \\{a\\}  3 s left", class = "tidycnn_progress")
})

test_that("lines stay above a bar, as they are", {
  withr::local_options(tidycnn.progress = TRUE, cli.progress_show_after = 0, cli.dynamic = FALSE)
  expect_message(tell("epoch 9/20 {a}", "3 s left", "loss 0.5"), "^epoch 9/20 \\{a\\}\n$")
})

# --- functions of R --------------------------------------------------------------------------------------------------

test_that("an R function as an argument gets and gives R's own values", {
  expect_identical(apply_function(function(x) x * 2, matrix(1:4, 2)), matrix(c(2, 4, 6, 8), 2))
  expect_identical(apply_function(function(x) levels(x$label), data.frame(label = factor("a"))), "a")
  expect_identical(apply_named(function(a, b) c(a, b)), 1:2)
  expect_identical(apply_function(nchar, "word"), 4L)
  expect_true(needs_main_thread(mean))
})

test_that("an R function that calls Python again works", {
  expect_identical(apply_function(function(x) echo(x), "deep"), "deep")
})

test_that("an error in an R function is raised in the user's call, with the first error as its cause", {
  error <- expect_error(apply_function(function(x) stop("not {today}"), 1), class = "tidycnn_function_error")
  expect_match(conditionMessage(error), "The R function `function` stopped: not {today}", fixed = TRUE)
  expect_identical(conditionMessage(error$parent), "not {today}")
})

test_that("a handler may leave from within an R function, and the engine lives on", {
  answer <- tryCatch(apply_function(function(x) warning("enough"), 1), warning = function(warning) "left")
  expect_identical(answer, "left")
  expect_identical(echo("alive"), "alive")
})

test_that("an R function on another thread is an error and never enters R", {
  expect_error(apply_in_thread(function(x) x), "main thread only", class = "tidycnn_input_error")
  expect_identical(echo("alive"), "alive")
})

# --- interrupts ------------------------------------------------------------------------------------------------------

test_that("KeyboardInterrupt in Python is an interrupt in R", {
  expect_identical(tryCatch(interrupt(), interrupt = function(condition) "interrupted"), "interrupted")
})

test_that("Ctrl-C stops Python's work in another R process, which lives on", {
  skip_on_os("windows")
  process <- r_process(
    function(ready) {
      engine <- tidycnn:::engine()
      reticulate::py_run_string(
        "
import sys, time, types
import tidycnn
def sleep(ready):
    open(ready, 'w').close()
    for _ in range(600):
        time.sleep(0.1)
    return 'slept'
module = types.ModuleType('tidycnn.stand_in')
module.sleep = sleep
module.echo = lambda value: value
sys.modules['tidycnn.stand_in'] = module
"
      )
      sleep <- function(ready) tidycnn:::call_py("sleep", module = "stand_in")
      echo <- function(value) tidycnn:::call_py("echo", module = "stand_in")
      first <- tryCatch(sleep(ready), interrupt = function(condition) "interrupted")
      c(first, echo("alive"))
    },
    list(ready = ready <- tempfile())
  )
  for (wait in seq_len(600)) {
    if (!file.exists(ready) && process$is_alive()) Sys.sleep(0.1)
  }
  process$interrupt()
  expect_identical(answer_of(process), c("interrupted", "alive"))
})

# --- sessions --------------------------------------------------------------------------------------------------------

test_that("two R sessions work at once", {
  ask <- function(x) {
    metrics <- tidycnn:::call_engine("list_metrics", list())
    list(x, nrow(metrics) > 0)
  }
  processes <- list(r_process(ask, list("one")), r_process(ask, list("two")))
  expect_identical(lapply(processes, answer_of), list(list("one", TRUE), list("two", TRUE)))
})

test_that("library(tidycnn) loads neither reticulate nor ggplot2", {
  process <- r_process(function() {
    library(tidycnn)
    loadedNamespaces()
  })
  expect_false(any(c("reticulate", "ggplot2") %in% answer_of(process)))
})

test_that("what Python leaves in its temporary folder goes with R's", {
  folder <- reticulate::py_to_r(reticulate::import("tempfile", convert = FALSE)$gettempdir())
  expect_identical(normalizePath(folder), normalizePath(tempdir()))
})

test_that("errors that are made in R spell out what would steer a terminal", {
  expect_identical(readable("a\033[2Jb\ac\n\td"), "a\\x1b[2Jb\\x07c\n\td")
  expect_identical(readable("caf\u00e9 \u65e5\u672c \U0001F600"), "caf\u00e9 \u65e5\u672c \U0001F600")
  expect_identical(readable("a\u202eb\u0085"), "a\\u202eb\\x85")
  expect_identical(readable("caf\xe9"), "caf<e9>")
  expect_identical(readable(""), "")
  expect_error(abort_input("`%s` is none.", "a\033[2J", call = NULL), "`a\\x1b[2J` is none.", fixed = TRUE)
})

test_that("further arguments cross, with names or without, and the named ones behind them stay what they are", {
  several <- function(..., last = 0) {
    call_py("several", module = "stand_in")
  }
  expect_identical(several("a", "b")$rest, c("a", "b"))
  expect_identical(several(a = 1, b = "x", last = 2)[c("last", "named")], list(last = 2, named = list(a = 1, b = "x")))
  expect_identical(several()$last, 0)
  expect_error(several(1, b = 2), "`...` must have a name for every value", fixed = TRUE, class = "tidycnn_input_error")
})
