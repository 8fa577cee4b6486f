#' Make one flow of two: pictures with their masks, or with second pictures
#'
#' Both are ordered and augmented as one: the order, the seed and the size of batches are those of the first, and what
#' moves a picture moves the other in the same way. Files go together in the order of both flows, and a warning tells
#' where their names do not.
#'
#' @param flow The pictures, a flow as [flow_images()] and its kin give.
#' @param other A flow of as many pictures, whose generator moves them as that of `flow`. For masks give it
#'   `interpolation_order = 0`, which mixes no classes, and its flow `interpolation = "nearest"`.
#' @param role What the pictures of `other` are: what the network learns (`"target"`), or another of its inputs
#'   (`"input"`).
#' @returns A flow: batches of pictures and the others as targets; or of both as inputs, with the targets of `flow`.
#' @examplesIf tidycnn_ready()
#' pictures <- flow_images_from_data(array(0, c(10, 8, 8, 3)), batch_size = 4)
#' pairs <- pair_flows(pictures, flow_images_from_data(array(0, c(10, 8, 8, 1))))
#' lapply(generator_next(pairs), dim)
#' @family flow
#' @export
pair_flows <- function(flow, other, role = "target") {
  call_py("pair_flows")
}
