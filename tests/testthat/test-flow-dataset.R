skip_if_not_ready()

test_that("a flow is a data set of TensorFlow of known length", {
  flow <- flow_images_from_data(array(0, c(10, 8, 8, 1)), 0:9, batch_size = 4)
  set <- as_tf_dataset(flow)
  expect_identical(as.integer(set$cardinality()$numpy()), 3L)
  expect_error(as_tf_dataset(1), class = "tidycnn_input_error")
})
