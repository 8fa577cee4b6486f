stand_in(
  "
from tidycnn.core import progress

unwound = []

def run(function):
    try:
        return function(1)
    finally:
        unwound.append('Python')

def say(text):
    try:
        progress.remark(text)
        return 'said'
    finally:
        unwound.append('Python')

def foreign(function):
    return function(2)

def take_unwound():
    taken = unwound.copy()
    unwound.clear()
    return taken
"
)
run <- function(`function`) call_py("run", module = "stand_in")
say <- function(text) call_py("say", module = "stand_in")
foreign <- function(`function`) call_py("foreign", module = "stand_in")
take_unwound <- function() call_py("take_unwound", module = "stand_in")

# Python has unwound once for each call, and works.
expect_unwound <- function(n = 1) {
  expect_identical(unlist(take_unwound()), rep("Python", n))
  expect_identical(the$entries, 0)
  expect_null(the$left)
}

# Every way of R to leave a function for a place outside the call of Python.
jumps <- list(
  "a handler of messages" = function() tryCatch(run(function(x) message("out")), message = function(m) "left"),
  "a handler of warnings" = function() tryCatch(run(function(x) warning("out")), warning = function(w) "left"),
  "a handler of a class of one's own" = function() {
    tryCatch(run(function(x) rlang::signal("out", class = "own")), own = function(condition) "left")
  },
  "a calling handler that invokes a restart outside" = function() {
    withRestarts(
      withCallingHandlers(run(function(x) message("out")), message = function(m) invokeRestart("outside", "left")),
      outside = function(value) value
    )
  },
  "a restart outside, by its name" = function() {
    withRestarts(run(function(x) invokeRestart("outside", "le", "ft")), outside = function(a, b) paste0(a, b))
  },
  "a restart outside, found before" = function() {
    withRestarts(
      {
        restart <- computeRestarts()[[1]]
        run(function(x) invokeRestart(restart, "left"))
      },
      outside = function(value) value
    )
  },
  "callCC()" = function() callCC(function(leave) run(function(x) leave("left"))),
  "return() of a function outside" = function() {
    delayed <- function(out) run(function(x) out)
    delayed(return("left"))
  },
  "break" = function() {
    delayed <- function(out) run(function(x) out)
    for (i in 1:3) {
      delayed(break)
    }
    if (i == 1) "left"
  },
  "on.exit()" = function() {
    leaving <- function(x) {
      on.exit(message("out"))
      x
    }
    tryCatch(run(leaving), message = function(m) "left")
  },
  "a handler of errors, by way of a warning" = function() {
    withr::local_options(warn = 2)
    tryCatch(run(function(x) warning("out")), error = function(error) "left")
  },
  "a remark" = function() tryCatch(say("out"), message = function(m) "left"),
  "a calling handler of a remark that stops" = function() {
    tryCatch(
      withCallingHandlers(say("out"), message = function(m) stop("left")),
      error = conditionMessage
    )
  },
  "a calling handler of a remark that invokes a restart outside" = function() {
    withRestarts(
      withCallingHandlers(say("out"), message = function(m) invokeRestart("outside")),
      outside = function() "left"
    )
  }
)

for (jump in names(jumps)) {
  test_that(paste("R jumps out of a call of Python when Python has unwound:", jump), {
    take_unwound()
    expect_identical(suppressMessages(jumps[[jump]]()), "left")
    expect_true(all(unlist(take_unwound()) == "Python"))
    expect_identical(the$entries, 0)
    expect_null(the$left)
    expect_identical(run(function(x) x + 1), 2)
  })
}

test_that("a jump goes through calls of Python inside calls of Python", {
  take_unwound()
  answer <- callCC(function(leave) run(function(x) run(function(y) leave("left"))))
  expect_identical(answer, "left")
  expect_identical(unique(unlist(take_unwound())), "Python")
  expect_null(the$left)
})

test_that("a restart outside runs once, and so does what came before it", {
  take_unwound()
  seen <- character()
  withRestarts(
    run(function(x) {
      seen <<- c(seen, "function")
      invokeRestart("outside")
    }),
    outside = function() seen <<- c(seen, "restart")
  )
  expect_identical(seen, c("function", "restart"))
  expect_unwound()
})

test_that("a handler outside gets the condition that was signalled", {
  condition <- tryCatch(run(function(x) rlang::warn("out", class = "own", data = 1:3)), own = identity)
  expect_identical(condition$data, 1:3)
})

test_that("handlers that stay let the function go on", {
  expect_message(
    value <- run(function(x) {
      message("on the way")
      x
    })
  )
  expect_identical(value, 1L)
  expect_warning(
    value <- run(function(x) {
      warning("on the way")
      x
    })
  )
  expect_identical(value, 1L)
})

test_that("a condition that was handled before does not hide where a jump leads", {
  answer <- suppressMessages(callCC(function(leave) {
    run(function(x) {
      message("on the way")
      leave("left")
    })
  }))
  expect_identical(answer, "left")
})

test_that("a jump that is not made again ends the call with an error", {
  leaves <- TRUE
  expect_error(
    callCC(function(leave) {
      run(function(x) {
        if (leaves) {
          leaves <<- FALSE
          leave("left")
        }
        x
      })
    }),
    "jumped out",
    class = "tidycnn_function_error"
  )
})

test_that("messages and warnings of functions that reticulate wraps wait until Python has unwound", {
  wrapped <- reticulate::r_to_py(function(x) {
    message("a message")
    x
  })
  expect_identical(tryCatch(foreign(wrapped), message = function(m) conditionMessage(m)), "a message\n")
  wrapped <- reticulate::r_to_py(function(x) {
    warning("a warning")
    x
  })
  expect_identical(tryCatch(foreign(wrapped), warning = function(w) conditionMessage(w)), "a warning")
  expect_identical(suppressWarnings(foreign(wrapped)), 2L)
})

test_that("the abort restart, as the browser's Q, goes to the prompt of a session that lives on", {
  skip_if_not_ready()
  script <- withr::local_tempfile(fileext = ".R")
  code <- c(
    "library(tidycnn)",
    "log <- function(x) cat('<', x, '>', sep = '')",
    "stop_it <- function() invokeRestart('abort')",
    "{ fit_generator_like <- tidycnn:::call_engine('call_object', list(`function` = function(x) stop_it(),",
    "  arguments = list(1), named = list()), module = 'bridge'); log('not reached') }",
    "log('prompt')",
    "f <- function(x) { browser(); x }",
    "{ tidycnn:::call_engine('call_object', list(`function` = f, arguments = list(1), named = list()),",
    "  module = 'bridge'); log('not reached') }",
    "Q",
    "Q",
    "model <- cnn(c(16, 16, 3), 2, filters = 2, units = NULL, seed = 1)",
    "log(class(model)[[1]])"
  )
  writeLines(code, script)
  output <- suppressWarnings(system2(
    file.path(R.home("bin"), "R"),
    c("--no-save", "--no-restore", "--no-echo", "--interactive", "--no-readline"),
    stdin = script,
    stdout = TRUE,
    stderr = FALSE,
    env = c(paste0("TIDYCNN_PYTHON=", find_python()$path), paste0("R_LIBS=", paste(.libPaths(), collapse = ":")))
  ))
  expect_match(paste(output, collapse = " "), "<prompt>.*<tidycnn_model>")
  expect_no_match(paste(output, collapse = " "), "> *<not reached>")
})

test_that("after every jump TensorFlow loads and trains in the same session", {
  skip_if_not_ready()
  model <- cnn(c(16, 16, 3), 2, filters = 2, units = NULL, seed = 1)
  images <- make_blood_cells(withr::local_tempdir(), n = 4, size = 16, seed = 1)
  images <- droplevels(images[images$label %in% levels(images$label)[1:2], ])
  left <- callCC(function(leave) {
    callback <- callback_lambda(on_epoch_end = function(epoch, logs) leave(epoch))
    suppressMessages(fit_classifier(model, images, epochs = 2, callbacks = callback, progress = FALSE, seed = 1))
  })
  expect_identical(left, 0L)
  expect_s3_class(
    suppressMessages(fit_classifier(model, images, epochs = 1, progress = FALSE, seed = 1)),
    "tidycnn_classifier"
  )
})

test_that("Ctrl-C while TensorFlow is loaded waits for it, and the session goes on", {
  skip_on_os("windows")
  skip_if_not_ready()
  process <- r_process(
    function(ready) {
      tidycnn:::engine()
      file.create(ready)
      model <- function() tidycnn::cnn(c(16, 16, 3), 2, filters = 2, units = NULL, seed = 1)
      first <- tryCatch(class(model())[[1]], interrupt = function(condition) "interrupted")
      c(first, class(model())[[1]])
    },
    list(ready = ready <- tempfile())
  )
  for (wait in seq_len(600)) {
    if (!file.exists(ready) && process$is_alive()) Sys.sleep(0.05)
  }
  Sys.sleep(1)
  process$interrupt()
  expect_identical(answer_of(process), c("interrupted", "tidycnn_model"))
})

test_that("a fork of a session that TensorFlow runs in is refused and does not wait for ever", {
  skip_on_os("windows")
  skip_if_not_ready()
  process <- r_process(function() {
    model <- tidycnn::cnn(c(16, 16, 3), 2, filters = 2, units = NULL, seed = 1)
    answers <- parallel::mclapply(
      1:2,
      function(i) {
        tryCatch(tidycnn::list_layers(model), tidycnn_dependency_error = function(error) conditionMessage(error))
      },
      mc.cores = 2
    )
    unlist(answers)
  })
  expect_match(answer_of(process), "makePSOCKcluster", fixed = TRUE)
})
