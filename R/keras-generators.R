# What scripts of R-Keras ask of a generator, and Python's flows do by themselves.

#' Give the next batch of a flow
#'
#' Passes over the images follow each other without end.
#'
#' @param generator A flow, as [flow_images_from_directory()] gives.
#' @param completed What was given at the end in 2018; a flow has none.
#' @returns A list of the pictures, an array of shape (n, height, width, channels), and what the network learns from
#'   them; the pictures alone where `class_mode` is `"none"`.
#' @examplesIf tidycnn_ready()
#' flow <- flow_images_from_data(array(0, c(10, 8, 8, 1)), 1:10, batch_size = 4)
#' dim(generator_next(flow)[[1]])
#' @family flow
#' @export
generator_next <- function(generator, completed = NULL) {
  if (!inherits(generator, "tidycnn_flow")) {
    abort_input(
      "`generator` must be a flow, not %s.",
      describe(generator),
      hint = "Make one with `flow_images_from_directory()`.",
      call = environment()
    )
  }
  generator$`next`()
}
