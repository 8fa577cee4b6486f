test_that("the history is a tibble with a row per epoch, data and metric", {
  history <- quick_fit(local_toy_images(), validation = 1 / 3, epochs = 2)$history
  expect_s3_class(history, "tbl_df")
  expect_identical(
    lapply(history, typeof),
    list(
      stage = "integer",
      epoch = "integer",
      data = "character",
      metric = "character",
      value = "double"
    )
  )
  expect_identical(history$epoch, rep(1:2, each = 4))
  expect_identical(history$metric, rep(c("loss", "accuracy"), 4))
})

test_that("set.seed() rules a fit without a seed of its own", {
  images <- local_toy_images()
  seeds <- replicate(2, {
    set.seed(1)
    quick_fit(images, seed = NULL)$seed
  })
  expect_identical(seeds[[1]], seeds[[2]])
})

test_that("named vectors name metrics and labels", {
  classifier <- quick_fit(
    local_toy_images(),
    stop_at = c(loss = 100),
    class_weight = c(dog = 3),
    reduce_lr = c(patience = 2, factor = 0.5),
    metrics = c("accuracy", "recall"),
    epochs = 3
  )
  settings <- classifier$stages[[1]]
  expect_identical(settings$class_weight, list(cat = 1, dog = 3))
  expect_equal(settings$reduce_lr, list(patience = 2, factor = 0.5))
  expect_identical(max(classifier$history$epoch), 1L)
  expect_setequal(classifier$history$metric, c("loss", "accuracy", "recall", "learning_rate"))
})

test_that("a fit with an R function as preprocessing learns on the main thread, and says that it is slower", {
  images <- local_toy_images()
  generator <- image_data_generator(rescale = 1 / 255, preprocessing_function = function(picture) picture / 2)
  expect_message(
    classifier <- fit_classifier(toy_model(), images, generator = generator, epochs = 1, seed = 1),
    "slower"
  )
  half <- quick_fit(images, generator = image_data_generator(rescale = 1 / 510))
  expect_equal(classifier$history$value, half$history$value, tolerance = 1e-5)
})

test_that("an interrupt returns the classifier learned so far, with a warning", {
  images <- local_toy_images()
  calls <- 0
  interrupting <- function(picture) {
    calls <<- calls + 1
    if (calls > 12) {
      rlang::interrupt()
    }
    picture
  }
  generator <- image_data_generator(preprocessing_function = interrupting)
  expect_warning(
    classifier <- suppressMessages(quick_fit(images, generator = generator, epochs = 5)),
    "The fit was interrupted"
  )
  expect_identical(max(classifier$history$epoch), 1L)
})

test_that("Ctrl-C returns the classifier learned so far, again and again, wherever it falls", {
  skip_on_os("windows")
  images <- local_toy_images()
  process <- r_process(
    function(images, log, times) {
      model <- tidycnn::cnn(c(8, 8, 3), classes = 2, filters = 2, units = NULL, seed = 1)
      logger <- reticulate::import("keras", convert = FALSE)$callbacks$CSVLogger(log)
      fit_long <- function() {
        tryCatch(
          suppressWarnings(
            tidycnn::fit_classifier(model, images, epochs = 100000, callbacks = list(logger), batch_size = 1, seed = 1)
          ),
          interrupt = function(condition) condition,
          error = function(condition) condition
        )
      }
      lapply(seq_len(times), function(time) class(fit_long())[[1]])
    },
    list(images, log <- withr::local_tempfile(), times = 8)
  )
  for (time in 1:8) {
    interrupt_at_epoch(process, log)
  }
  expect_identical(answer_of(process), rep(list("tidycnn_classifier"), 8))
})

test_that("an error in a callback returns the classifier learned so far, with a warning that names it", {
  stop_in <- function(wanted) callback_lambda(on_epoch_end = function(epoch, logs) if (epoch == wanted) stop("enough"))
  images <- local_toy_images()
  expect_warning(
    classifier <- quick_fit(images, epochs = 5, callbacks = stop_in(2)),
    "ended by an error: RFunctionError: .* stopped: enough[.] .* after 2 complete epochs"
  )
  expect_identical(max(classifier$history$epoch), 2L)
  expect_match(classifier$stages[[1]]$ended, "stopped: enough")
  error <- expect_error(quick_fit(images, epochs = 5, callbacks = stop_in(0)), class = "tidycnn_function_error")
  expect_identical(conditionMessage(error$parent), "enough")
})

test_that("a file that breaks in the midst of a fit ends it, or is left out", {
  for (on_error in c("stop", "skip")) {
    images <- local_toy_images()
    losing <- callback_lambda(on_epoch_begin = function(epoch, logs) if (epoch == 1) file.remove(images$path[[3]]))
    expect_warning(
      classifier <- quick_fit(images, epochs = 3, callbacks = losing, control = fit_control(on_error = on_error)),
      c(stop = "ImageFileError: .*03.pgm.* after 1 complete epoch", skip = "03.pgm.* It is left out")[[on_error]]
    )
    expect_identical(max(classifier$history$epoch), c(stop = 1L, skip = 3L)[[on_error]])
  }
})

test_that("a process of R that is asked to end can save, and ends when asked again", {
  skip_on_os("windows")
  images <- local_toy_images()
  for (signal in c(tools::SIGTERM, tools::SIGHUP)) {
    folder <- withr::local_tempfile()
    process <- r_process(
      function(images, log, folder) {
        # Who starts the tests in the background has SIGHUP ignored.
        tidycnn:::engine()
        signals <- reticulate::import("signal")
        signals$signal(signals$SIGHUP, signals$SIG_DFL)
        model <- tidycnn::cnn(c(8, 8, 3), classes = 2, filters = 2, units = NULL, seed = 1)
        logger <- tidycnn::callback_csv_logger(log)
        classifier <- tidycnn::fit_classifier(model, images, epochs = 1e6, callbacks = logger, seed = 1)
        tidycnn::save_classifier(classifier, folder)
        Sys.sleep(600)
      },
      list(images, log <- withr::local_tempfile(), folder)
    )
    wait_for_epoch(process, log)
    process$signal(signal)
    for (wait in seq_len(1200)) {
      if (process$is_alive() && !file.exists(folder)) Sys.sleep(0.05)
    }
    process$signal(signal)
    process$wait(60000)
    expect_identical(process$get_exit_status(), -as.integer(signal))
    expect_gte(max(load_classifier(folder)$history$epoch), 1L)
  }
})

test_that("what callbacks write is tried before images are read", {
  file <- withr::local_tempfile(lines = "")
  skip_if_not_ready()
  expect_error(callback_model_checkpoint(file.path(file, "best.h5")), "`filepath` .* folder is needed")
  folder <- withr::local_tempdir()
  logger <- callback_csv_logger(file.path(folder, "log.csv"))
  unlink(folder, recursive = TRUE)
  expect_error(fit_classifier(toy_model(), "nowhere", callbacks = logger), "`filename` must be in a folder that exists")
})

test_that("the model passed in stays as it was", {
  model <- toy_model()
  images <- local_toy_images()
  first <- quick_fit(images, model = model, validation = 1 / 3)
  second <- quick_fit(images, model = model, validation = 1 / 3)
  expect_identical(first$history, second$history)
})

test_that("an R function as a loss is refused with a reason", {
  expect_error(quick_fit(local_toy_images(), loss = function(truth, guess) 0), "cannot be an R function")
})

test_that("a wrong argument is named, in the words of R", {
  images <- local_toy_images()
  expect_snapshot(error = TRUE, {
    fit_classifier(toy_model(), images, epochs = 0)
    fit_classifier(toy_model(3), images)
    fit_classifier(toy_model(), images, stop_at = c(val_accuracy = 0.9), progress = FALSE)
  })
})

test_that("a fit that keeps itself goes on in another session, with R's own seed and to the same end", {
  skip_on_os("windows")
  images <- local_toy_images()
  folder <- file.path(withr::local_tempdir(), "run")
  fit_kept <- function(images, folder, epochs = 3) {
    model <- tidycnn::cnn(c(8, 8, 3), classes = 2, filters = 2, units = NULL, seed = 1)
    tidycnn::fit_classifier(model, images, epochs = epochs, batch_size = 4, folder = folder, progress = FALSE)
  }
  process <- r_process(fit_kept, list(images, folder, epochs = 100000L))
  checkpoints <- function() dir(file.path(folder, "checkpoints"), pattern = "^step-")
  for (wait in seq_len(1200)) {
    if (process$is_alive() && length(checkpoints()) < 2) Sys.sleep(0.05)
  }
  tools::pskill(process$get_pid(), tools::SIGKILL)
  process$wait()
  said <- readLines(file.path(folder, "fit.json"))
  seed <- as.integer(sub('.*"seed": ([0-9]+).*', "\\1", grep('"seed":', said, value = TRUE)[[1]]))
  expect_error(fit_kept(images, folder, epochs = 1), class = "tidycnn_input_error")
  done <- max(as.integer(sub("step-0*([0-9]+)[.]npz", "\\1", checkpoints())))
  steps <- ceiling(nrow(images) / 4)
  epochs <- done %/% steps + 2
  classifier <- fit_kept(images, folder, epochs = epochs)
  expect_identical(classifier$seed, seed)
  model <- cnn(c(8, 8, 3), classes = 2, filters = 2, units = NULL, seed = 1)
  whole <- fit_classifier(model, images, epochs = epochs, batch_size = 4, seed = seed, progress = FALSE)
  expect_identical(tail(classifier$history$value, 2), tail(whole$history$value, 2))
  expect_identical(load_classifier(folder)$levels, classifier$levels)
})

test_that("a callback of R stops the fit by the model's `stop_training`", {
  images <- local_toy_images()
  for (model in list(toy_model(), quick_fit(images)$model)) {
    stopping <- callback_lambda(on_epoch_end = function(epoch, logs) {
      if (epoch == 1) model$stop_training <- TRUE
    })
    expect_identical(max(quick_fit(images, model = model, epochs = 5, callbacks = stopping)$history$epoch), 2L)
    expect_false(model$stop_training)
  }
  flow <- local_toy_flow()
  model <- toy_floor_model()
  history <- fit_generator(model, flow, epochs = 5, callbacks = stopping, verbose = 0)
  expect_length(history$metrics$loss, 2)
})

test_that("a fit goes on from a classifier, whose parts are checked", {
  images <- local_toy_images()
  classifier <- quick_fit(images)
  further <- quick_fit(images, model = classifier, epochs = 2)
  expect_s3_class(further, "tidycnn_classifier")
  other <- quick_fit(images, model = classifier$model, epochs = 2)
  expect_identical(further$history, other$history)
  images$label <- factor(images$label, c("dog", "cat"))
  expect_error(
    quick_fit(images, model = classifier),
    "the classifier was fitted on 'cat'",
    class = "tidycnn_input_error"
  )
  expect_error(classifier$levels <- 3, "`levels` must have at least two labels", class = "tidycnn_input_error")
  expect_error(classifier$images <- 3, "`images` must be a data frame", class = "tidycnn_input_error")
  expect_error(classifier$level <- c("a", "b"), "has no `level`", class = "tidycnn_input_error")
  classifier$levels <- c("chat", "chien")
  expect_identical(classifier$levels, c("chat", "chien"))
  images$label <- factor(images$label, c("cat", "dog", "bird"))
  expect_warning(quick_fit(images, model = toy_model(3)), "droplevels", class = "tidycnn_warning")
  skip_if_not_installed("ggplot2")
  expect_s3_class(plot(further), "ggplot")
})

test_that("a schedule crosses as a name and as named values, and goes on after a stop", {
  images <- local_toy_images()
  fit_scheduled <- function(schedule, ...) {
    fit_classifier(toy_model(), images, epochs = 4, schedule = schedule, learning_rate = 0.01, progress = FALSE, ...)
  }
  asked <- list(name = "step", at = c(1, 3), factor = c(0.1, 0.01))
  classifier <- fit_scheduled(asked, seed = 1)
  rates <- subset(classifier$history, metric == "learning_rate")$value
  expect_equal(rates, c(0.01, 0.001, 0.001, 0.0001), tolerance = 1e-6)
  expect_equal(subset(fit_scheduled("cosine", seed = 1)$history, metric == "learning_rate")$epoch, 1:4)
  folder <- file.path(withr::local_tempdir(), "run")
  stopping <- callback_lambda(on_epoch_end = function(epoch, logs) if (epoch == 2) stop("enough"))
  calm <- callback_lambda(on_epoch_end = function(epoch, logs) NULL)
  expect_warning(fit_scheduled(asked, seed = 1, folder = folder, callbacks = stopping), "enough")
  found <- fit_scheduled(asked, seed = 1, folder = folder, callbacks = calm)
  expect_identical(found$history, classifier$history)
  expect_error(fit_scheduled(list(name = "step", at = "soon")), "`schedule[$]at` must be")
  expect_error(fit_scheduled("linear"), class = "tidycnn_input_error")
})
