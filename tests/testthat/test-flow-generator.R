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
    image_data_generator(rescale = Inf)
    image_data_generator(fill_mode = "mirror")
  })
})

test_that("fit_image_data_generator() teaches the generator itself", {
  generator <- image_data_generator(featurewise_center = TRUE, featurewise_std_normalization = TRUE)
  x <- array(c(0, 2, 4, 6), c(4, 1, 1, 1))
  flow <- flow_images_from_data(x, generator = generator, shuffle = FALSE)
  expect_error(generator_next(flow), "has learned none", class = "tidycnn_input_error")
  expect_identical(fit_image_data_generator(generator, x)$featurewise_center, TRUE)
  expect_equal(flow$batch(0, 0), (x - 3) / sqrt(5), tolerance = 1e-5)
})

test_that("a generator transforms single pictures by Keras's names", {
  generator <- image_data_generator(width_shift_range = 0.5, horizontal_flip = TRUE)
  parameters <- generator$get_random_transform(c(4L, 8L, 1L), seed = 1L)
  expect_setequal(
    names(parameters),
    c(
      "theta",
      "tx",
      "ty",
      "shear",
      "zx",
      "zy",
      "flip_horizontal",
      "flip_vertical",
      "channel_shift_intensity",
      "brightness"
    )
  )
  picture <- array(as.double(1:32), c(4, 8, 1))
  flipped <- generator$apply_transform(picture, list(flip_horizontal = TRUE))
  expect_equal(flipped, picture[, 8:1, , drop = FALSE])
  expect_equal(image_data_generator(rescale = 0.5)$standardize(picture), picture / 2)
})
