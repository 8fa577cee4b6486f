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
#' @param workers How many threads make pictures at most; one for each processor where not given.
#' @param save_every After how many steps a fit with a `folder` writes down where it stands; after each epoch where not
#'   given.
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
  workers = NULL,
  save_every = NULL,
  strategy = NULL
) {
  call_py("fit_control")
}
