skip_if_not_ready()
skip_on_os("windows")

# Start a job that runs for minutes, and ends with the test.
local_job <- function(images, folder, ..., epochs = 3000, .env = parent.frame()) {
  job <- quick_fit(images, epochs = epochs, folder = folder, control = fit_control(background = TRUE), ...)
  withr::defer(suppressMessages(job_stop(job)), envir = .env)
  job
}

local_run <- function(.env = parent.frame()) {
  file.path(withr::local_tempdir(.local_envir = .env), "run")
}

wait_for_history <- function(job, epochs = 1) {
  for (wait in seq_len(1200)) {
    if (job_status(job)$status == "running" && !any(job_history(job)$epoch >= epochs)) Sys.sleep(0.05)
  }
}

test_that("a job of an R session that is killed ends, and a new session gets its classifier", {
  images <- local_toy_images()
  folder <- local_run()
  process <- r_process(
    function(images, folder) {
      model <- tidycnn::cnn(c(8, 8, 3), classes = 2, filters = 2, units = NULL, seed = 1)
      control <- tidycnn::fit_control(background = TRUE)
      tidycnn::fit_classifier(model, images, epochs = 20, folder = folder, control = control, seed = 1)
      Sys.sleep(600)
    },
    list(images, folder)
  )
  for (wait in seq_len(1200)) {
    if (process$is_alive() && !file.exists(file.path(folder, "job", "log.txt"))) Sys.sleep(0.05)
  }
  tools::pskill(process$get_pid(), tools::SIGKILL)
  process$wait()
  expect_identical(job_status(job_wait(folder, progress = FALSE))$status, "finished")
  classifier <- job_result(folder)
  expect_s3_class(classifier, "tidycnn_classifier")
  whole <- quick_fit(images, epochs = 20)
  expect_identical(classifier$history, whole$history)
  expect_identical(classifier$model$get_weights(), whole$model$get_weights())
  expect_identical(job_history(folder), whole$history)
})

test_that("a job prints how far it is, stops, and is listed", {
  images <- local_toy_images()
  folder <- local_run()
  expect_message(job <- local_job(images, folder), "job_status(", fixed = TRUE)
  expect_s3_class(job, "tidycnn_job")
  wait_for_history(job)
  expect_output(print(job), "running, epoch [0-9]+ of 3000")
  status <- job_status(job)
  expect_s3_class(status, "tbl_df")
  expect_s3_class(status$started, "POSIXct")
  expect_identical(status$path, as.character(job$folder))
  expect_error(job_result(job), "has no classifier (running)", fixed = TRUE, class = "tidycnn_input_error")
  expect_error(job_resume(folder), "runs already", class = "tidycnn_input_error")
  expect_identical(job_status(suppressMessages(job_stop(job)))$status, "stopped")
  expect_s3_class(job_result(job), "tidycnn_classifier")
  expect_identical(list_jobs(dirname(folder))$job, "run")
})

test_that("Ctrl-C ends the waiting for a job, and leaves it running", {
  images <- local_toy_images()
  folder <- local_run()
  suppressMessages(job <- local_job(images, folder))
  ready <- withr::local_tempfile()
  process <- r_process(
    function(folder, ready) {
      said <- character()
      tidycnn::job_status(folder)
      file.create(ready)
      ended <- tryCatch(
        withCallingHandlers(tidycnn::job_wait(folder), message = function(message) {
          said <<- c(said, conditionMessage(message))
        }),
        interrupt = function(condition) "interrupted"
      )
      list(ended, said)
    },
    list(folder, ready)
  )
  for (wait in seq_len(1200)) {
    if (process$is_alive() && !file.exists(ready)) Sys.sleep(0.05)
  }
  Sys.sleep(1)
  process$interrupt()
  answer <- answer_of(process)
  expect_identical(answer[[1]], "interrupted")
  expect_match(paste(answer[[2]], collapse = ""), "goes on: only the waiting has ended")
  expect_identical(job_status(job)$status, "running")
})

test_that("functions of R cannot go to a job, and are named before images are read", {
  control <- fit_control(background = TRUE)
  refused <- function(...) {
    expect_error(
      fit_classifier(toy_model(), "nowhere", control = control, ...),
      "has the R function .* cannot go to a process of its own",
      class = "tidycnn_input_error"
    )
  }
  refused(callbacks = callback_lambda(on_epoch_end = function(epoch, logs) NULL))
  refused(callbacks = callback_learning_rate_scheduler(function(epoch, lr) lr))
  refused(generator = image_data_generator(preprocessing_function = function(picture) picture / 2))
})

test_that("a job that was saved with R's objects is the same job in another session", {
  images <- local_toy_images()
  folder <- local_run()
  suppressMessages(job <- local_job(images, folder, epochs = 1))
  file <- withr::local_tempfile()
  saveRDS(job_wait(job, progress = FALSE), file)
  read <- answer_of(r_process(
    function(file) {
      job <- readRDS(file)
      list(tidycnn::job_status(job)$status, format(job))
    },
    list(file)
  ))
  expect_identical(read[[1]], "finished")
  expect_match(read[[2]], "finished, epoch 1 of 1")
})
