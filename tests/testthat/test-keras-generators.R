skip_if_not_ready()

test_that("generator_next() gives batches without end", {
  x <- array(as.double(0:4), c(5, 1, 1, 1))
  flow <- flow_images_from_data(x, 0:4, batch_size = 3, shuffle = FALSE)
  batches <- replicate(3, generator_next(flow), simplify = FALSE)
  expect_identical(lapply(batches, function(batch) dim(batch[[1]])[[1]]), list(3L, 2L, 3L))
  expect_equal(batches[[3]], batches[[1]])
  flow$reset()
  expect_equal(generator_next(flow), batches[[1]])
})

test_that("a cache changes no picture", {
  images <- local_toy_images()
  generator <- image_data_generator(rotation_range = 20)
  flows <- lapply(list(FALSE, "memory"), function(cache) {
    flow_images(images, generator, target_size = c(8, 8), cache = cache, seed = 1)
  })
  flows[[2]]$batch(0, 0)
  expect_equal(flows[[1]]$batch(0, 0), flows[[2]]$batch(0, 0))
})
