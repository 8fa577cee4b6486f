skip_if_not_ready()

test_that("a generator is a handle that shows what it changes", {
  generator <- image_data_generator(rescale = 1 / 255, zoom_range = c(0.5, 2), horizontal_flip = TRUE)
  expect_s3_class(generator, "tidycnn_generator")
  expect_output(print(generator), "zoom_range = (0.5, 2), horizontal_flip = TRUE, rescale = 0.00392157", fixed = TRUE)
})

test_that("numbers, whole numbers and several numbers keep their kind", {
  expect_identical(image_data_generator(width_shift_range = 2)$width_shift_range, 2)
  expect_identical(image_data_generator(width_shift_range = 2L)$width_shift_range, 2L)
  expect_identical(image_data_generator(width_shift_range = c(2, 5))$width_shift_range, c(2, 5))
})

test_that("a wrong argument is named in the words of R", {
  expect_snapshot(error = TRUE, {
    image_data_generator(zoom_range = c(0.8, 1, 1.2))
    image_data_generator(rescale = 0)
    image_data_generator(fill_mode = "mirror")
  })
})
