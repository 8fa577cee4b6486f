skip_if_not_ready()
skip_if_not_installed("png")

test_that("a flow knows its images and makes batches", {
  flow <- flow_images(image_table(local_pictures()), target_size = c(3, 4), batch_size = 3, seed = 1)
  expect_s3_class(flow, "tidycnn_flow")
  expect_identical(flow$levels, c("cat", "dog"))
  expect_identical(as.character(flow$images$label), c("cat", "cat", "dog", "dog"))
  batch <- flow$batch(0, 0)
  expect_identical(dim(batch[[1]]), c(3L, 3L, 4L, 3L))
  expect_identical(dim(batch[[2]]), c(3L, 2L))
  expect_lte(max(batch[[1]]), 1)
})

test_that("a flow knows how it was made", {
  flow <- flow_images(local_toy_images(), target_size = c(8, 6), color_mode = "grayscale")
  expect_identical(flow$target_size, c(8L, 6L))
  expect_identical(flow$color_mode, "grayscale")
})

test_that("pictures and labels agree", {
  flow <- flow_images(image_table(local_pictures()), target_size = c(3, 4), class_mode = "binary", seed = 1)
  batch <- flow$batch(3, 0)
  expect_identical(as.numeric(batch[[1]][, 1, 1, 1] > 0.6), as.numeric(batch[[2]]))
})

test_that("set.seed() rules the order of a flow without a seed", {
  images <- image_table(local_pictures())
  seeds <- vapply(
    1:3,
    function(i) {
      set.seed(min(i, 2))
      flow_images(images)$seed
    },
    0
  )
  expect_false(seeds[1] == seeds[2])
  expect_identical(seeds[2], seeds[3])
})
