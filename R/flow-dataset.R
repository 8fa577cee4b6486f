#' Give a flow as a data set of TensorFlow
#'
#' Each time the data set is read it is the next pass of the flow, from the first one on. Its length is known, without
#' which Keras reports wrong losses.
#'
#' @param flow A flow, as [flow_images()] gives.
#' @returns A `tf.data.Dataset` of batches, as many as the flow has.
#' @examplesIf tidycnn_ready()
#' as_tf_dataset(flow_images_from_data(array(0, c(10, 8, 8, 1)), 1:10, batch_size = 4))
#' @family flow
#' @export
as_tf_dataset <- function(flow) {
  call_py("as_tf_dataset")
}
