#' Say how a fit runs
#'
#' Nothing here changes what is learned, but for `precision` and `strategy`, which change it a little.
#'
#' @param cache Whether decoded pictures are kept between the epochs: `"memory"`, `"disk"`, `"auto"` (in memory where
#'   they fit), or not at all (`FALSE`). A flow has its own.
#' @param on_error What happens when a file cannot be read any more: `"stop"` ends the fit with its name, `"skip"` leaves
#'   it out with a warning. A flow has its own.
#' @param precision What layers compute in: `"float32"`; `"bfloat16"`, which is about twice as fast on processors that
#'   have instructions for it ([tidycnn_sitrep()] tells) and slower for depthwise convolutions; `"float16"`, for GPUs,
#'   which scales the loss; or `"auto"`, the faster one of the first two, which some steps of a copy of the model tell,
#'   once for a model and a machine. Weights and the last layer keep 32 bits, and so does what is saved.
#' @param threads How many threads make pictures at most; one for each processor where not given.
#' @param save_every After how many steps a fit with a `folder` writes down where it stands; after each epoch where not
#'   given.
#' @param workers How many fits of [fit_many()] and [fit_folds()] run at once, each in a process of its own; 1 runs them
#'   one after the other in this process.
#' @param background Whether the fit, or all stages of [fine_tune()] together, is a job: it runs in a process of its own,
#'   which lives on when this session ends, and the call gives the job at once, of which [job_status()], [job_wait()],
#'   [job_stop()] and [job_result()] know more. Without a `folder` one is made in your folder for data (or where the
#'   environment variable `TIDYCNN_JOBS` says). The folder is closed to other users. Functions of R, and arrays in memory,
#'   cannot go there.
#' @param strategy `"mirrored"` lets all GPUs of this machine train one model: each learns from its part of every batch,
#'   so give a `batch_size` that they can divide evenly. It learns what one device would, but that normalisation of
#'   batches sees parts of them. With one device it changes nothing.
#' @returns The `control` of [fit_classifier()].
#' @examplesIf tidycnn_ready()
#' fit_control(cache = "memory", on_error = "skip")
#' @family fit
#' @export
fit_control <- function(
  cache = FALSE,
  on_error = "stop",
  precision = "float32",
  threads = NULL,
  save_every = NULL,
  workers = 1,
  background = FALSE,
  strategy = NULL
) {
  call_py("fit_control")
}
