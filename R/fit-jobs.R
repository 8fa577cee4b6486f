#' Tell how far a job is, and how it ended
#'
#' A job is a fit in a process of its own, which [fit_classifier()] starts with `fit_control(background = TRUE)`. It lives
#' on when R or RStudio is closed, killed or crashes: all that is known of it stands in its folder, so that any session
#' can ask for it.
#'
#' @param job A job, as [fit_classifier()] gives with `fit_control(background = TRUE)`, or its folder.
#' @returns A tibble of one row: `job` (its name), `status`, `stage`, `epoch` (the one it is in) of `epochs`, `loss` (of
#'   that epoch so far), `val_loss` (of the last epoch that was complete), `eta` (when it is likely to end, in UTC),
#'   `memory` (the most that it has held, in megabytes), `started` (in UTC), `path` (its folder) and `message`. The
#'   `status` is `running`, `finished`, `stopped` (as was asked), `killed` or `error`, and `message` says more of it.
#' @examplesIf tidycnn_ready()
#' images <- make_blood_cells(file.path(tempdir(), "cells-job"), n = 8, size = 32, seed = 1)
#' model <- cnn(c(32, 32, 3), classes = 4, seed = 1)
#' folder <- tempfile("job")
#' job <- fit_classifier(model, images, epochs = 1, folder = folder, control = fit_control(background = TRUE), seed = 1)
#' job_status(job_wait(job))
#' job_result(job)
#' unlink(folder, recursive = TRUE)
#' @family jobs
#' @export
job_status <- function(job) {
  call_py("job_status")
}

#' Give the history of a job, as far as it is
#'
#' @param job A job, or its folder.
#' @returns A history: a tibble with one row for each epoch that was complete, its data and its metric. [autoplot()] draws
#'   it.
#' @examplesIf tidycnn_ready()
#' # See `job_status()`, whose example starts a job.
#' try(job_history(tempdir()))
#' @family jobs
#' @export
job_history <- function(job) {
  call_py("job_history")
}

#' Wait until a job ends
#'
#' Ctrl-C (in RStudio the stop sign) ends the waiting, and leaves the job running.
#'
#' @param job A job, or its folder.
#' @param progress Whether to show how far it is.
#' @returns The job. [job_status()] tells how it ended, [job_result()] gives its classifier.
#' @examplesIf tidycnn_ready()
#' # See `job_status()`, whose example starts a job.
#' try(job_wait(tempdir()))
#' @family jobs
#' @export
job_wait <- function(job, progress = TRUE) {
  call_py("job_wait")
}

#' Stop a job behind its next step
#'
#' What it has learned is kept: [job_result()] gives the classifier as it stands then, and [job_resume()] goes on.
#'
#' @param job A job, or its folder.
#' @returns The job, once it has ended. Ctrl-C ends the waiting only.
#' @examplesIf tidycnn_ready()
#' # See `job_status()`, whose example starts a job.
#' try(job_stop(tempdir()))
#' @family jobs
#' @export
job_stop <- function(job) {
  call_py("job_stop")
}

#' Let a job go on that was stopped or killed, or had an error
#'
#' It goes on from its last checkpoint, to the same end as if nothing had ended it.
#'
#' @param job A job, or its folder.
#' @returns The job.
#' @examplesIf tidycnn_ready()
#' # See `job_status()`, whose example starts a job.
#' try(job_resume(tempdir()))
#' @family jobs
#' @export
job_resume <- function(job) {
  call_py("job_resume")
}

#' Give the classifier of a job
#'
#' @param job A job that has finished, or that was ended early and has kept what it had learned; or its folder.
#' @returns The classifier, read from the folder of the job.
#' @examplesIf tidycnn_ready()
#' # See `job_status()`, whose example starts a job.
#' try(job_result(tempdir()))
#' @family jobs
#' @export
job_result <- function(job) {
  result <- call_py("job_result")
  remember_folder(result, result$folder)
}

#' List jobs, and how far they are
#'
#' @param folder A folder of folders of jobs; where not given, all jobs that you have started on this machine.
#' @returns A tibble with one row for each job, as [job_status()] gives, by the time at which they were started.
#'   One that cannot be read has the status `error`.
#' @examplesIf tidycnn_ready()
#' list_jobs(tempdir())
#' @family jobs
#' @export
list_jobs <- function(folder = NULL) {
  call_py("list_jobs")
}
