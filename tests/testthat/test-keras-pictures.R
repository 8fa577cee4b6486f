skip_if_not_ready()

test_that("pictures are read, resized and normalised", {
  path <- local_toy_images()$path[[1]]
  picture <- image_to_array(image_load(path, target_size = c(4, 6)))
  expect_identical(dim(picture), c(4L, 6L, 3L))
  expect_identical(picture[1, 1, 1], 31)
  expect_identical(dim(image_to_array(picture, data_format = "channels_first")), c(3L, 4L, 6L))
  expect_identical(dim(image_array_resize(picture, 2, 3)), c(2L, 3L, 3L))
  expect_equal(imagenet_preprocess_input(picture)[1, 1, ], 31 - c(103.939, 116.779, 123.68))
})

test_that("image_load() reads a picture as a flow sees it", {
  file <- withr::local_tempfile(fileext = ".png")
  image_array_save(array(runif(60 * 40 * 3), c(60, 40, 3)), file)
  files <- data.frame(filename = file, class = "a")
  for (exact in c(FALSE, TRUE)) {
    generator <- image_data_generator(exact = exact)
    seen <- flow_images_from_dataframe(files, generator = generator, target_size = c(20, 13))$batch(0, 0)[[1]]
    expect_equal(image_load(file, target_size = c(20, 13), exact = exact), seen[1, , , ])
  }
})

test_that("a picture of an array is written whole, or not at all", {
  folder <- withr::local_tempdir()
  picture <- array(as.double(c(0, 255)), c(4, 6, 3))
  file <- file.path(folder, "picture.png")
  expect_identical(picture %>% image_array_save(file), file)
  expect_identical(image_load(file), picture)
  picture %>% image_array_resize(height = 8, width = 9) %>% image_array_save(file.path(folder, "resized.jpeg"))
  expect_identical(dim(image_load(file.path(folder, "resized.jpeg"))), c(8L, 9L, 3L))
  expect_error(image_array_save(picture, file.path(folder, "picture.abc")), "abc", class = "tidycnn_input_error")
  expect_error(image_array_save(matrix(1:4, 2), file), "`img` must be one picture", class = "tidycnn_input_error")
  expect_length(list.files(folder, all.files = TRUE, no.. = TRUE), 2)
})

test_that("classes become columns", {
  expect_identical(to_categorical(c(0, 2)), matrix(c(1, 0, 0, 0, 0, 1), 2))
  expect_error(to_categorical(c(1, 5), num_classes = 3), "they count from 0", class = "tidycnn_input_error")
})

test_that("arrays are reshaped row after row", {
  expect_identical(array_reshape(1:6, c(2, 3)), matrix(1:6, 2, byrow = TRUE))
  expect_identical(array_reshape(matrix(1:6, 2), 6), array(c(1L, 3L, 5L, 2L, 4L, 6L), 6))
  expect_identical(array_reshape(1:6, c(2, 3), order = "F"), matrix(1:6, 2))
  expect_identical(array_reshape(1:6, c(-1, 3)), matrix(1:6, 2, byrow = TRUE))
  expect_error(array_reshape(1:6, c(4, 2)), "room for 8 values, but `x` has 6", class = "tidycnn_input_error")
  expect_error(array_reshape(1:6, 6, order = "D"), "must be one of")
})
