skip_if_not_ready()
skip_if_not_installed("png")

test_that("class folders, data frames and arrays are the same pictures", {
  folder <- local_pictures()
  files <- data.frame(
    filename = c("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"),
    class = rep(c("cat", "dog"), each = 2)
  )
  options <- list(target_size = c(6, 8), shuffle = FALSE)
  by_folder <- do.call(flow_images_from_directory, c(folder, options))$batch(0, 0)
  by_frame <- do.call(flow_images_from_dataframe, c(list(files, folder), options))$batch(0, 0)
  by_data <- flow_images_from_data(by_folder[[1]], factor(files$class), shuffle = FALSE)$batch(0, 0)
  expect_equal(by_frame, by_folder)
  expect_equal(by_data, by_folder)
})

test_that("both subsets of a generator divide the images, whatever the seeds", {
  folder <- local_pictures()
  generator <- image_data_generator(validation_split = 0.5)
  files <- lapply(c("training", "validation"), function(subset) {
    flow_images_from_directory(folder, generator, subset = subset)$filenames
  })
  expect_setequal(unlist(files), c("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"))
  expect_length(files[[2]], 2)
})

test_that("an R function changes the pictures, and the flow says that it needs the main thread", {
  generator <- image_data_generator(preprocessing_function = function(picture) 255 - picture)
  x <- array(c(0, 100, 255), c(3, 1, 1, 1))
  flow <- flow_images_from_data(x, generator = generator, shuffle = FALSE)
  expect_equal(flow$batch(0, 0), 255 - x)
  expect_true(flow$needs_main_thread)
})

test_that("the error of an R function comes out", {
  flow <- flow_images_from_data(
    array(0, c(1, 1, 1, 1)),
    generator = image_data_generator(preprocessing_function = function(picture) stop("no such luck"))
  )
  expect_error(flow$batch(0, 0), "no such luck", class = "tidycnn_function_error")
})

test_that("a wrong argument is named in the user's function", {
  folder <- local_pictures()
  expect_snapshot(error = TRUE, transform = function(lines) gsub(folder, "<folder>", lines, fixed = TRUE), {
    flow_images_from_directory(folder, classes = "horse")
    flow_images_from_directory(folder, target_size = 0)
    flow_images_from_directory(folder, subset = "validation")
    flow_images_from_data(matrix(0, 2, 2))
  })
})

test_that("pictures may have further inputs beside them", {
  x <- array(as.double(1:5), c(5, 2, 2, 1))
  numbers <- (1:5) / 4
  maps <- array(as.double(1:20), c(5, 2, 2))
  flow <- flow_images_from_data(list(x, list(numbers, maps)), numbers, batch_size = 3, seed = 1)
  batch <- generator_next(flow)
  expect_equal(c(batch[[1]][[1]][, 1, 1, 1]) / 4, c(batch[[1]][[2]]))
  expect_equal(c(batch[[1]][[2]]), c(batch[[2]]))
  expect_identical(dim(batch[[1]][[3]]), c(3L, 2L, 2L))
})

test_that("classes without images keep their places, and what has passed is told", {
  folder <- local_pictures()
  expect_warning(
    flow <- flow_images_from_directory(folder, classes = c("ant", "dog")),
    "`classes` names 'ant'",
    class = "tidycnn_warning"
  )
  expect_identical(unlist(flow$class_indices), c(ant = 0L, dog = 1L))
  files <- data.frame(filename = "cat/1.png", age = 3)
  expect_warning(
    flow <- flow_images_from_dataframe(files, folder, y_col = "age", class_mode = "other", target_size = c(6, 8)),
    "'other' is called 'raw' now"
  )
  expect_equal(c(flow$batch(0, 0)[[2]]), 3)
  expect_warning(flow_images_from_dataframe(files, folder, y_col = "age", class_mode = "raw", drop_duplicates = TRUE))
})

test_that("what a flow gives is new each time; on_epoch_end() and reset() go on", {
  x <- array(runif(5 * 8 * 8), c(5, 8, 8, 1))
  flow <- flow_images_from_data(x, generator = image_data_generator(rotation_range = 90), batch_size = 5, seed = 1)
  shown <- list(generator_next(flow), generator_next(flow))
  flow$reset()
  expect_false(isTRUE(all.equal(shown[[1]], shown[[2]])))
  expect_equal(generator_next(flow), flow$batch(2, 0))
  expect_error(flow$batch(0, 1), "there is no batch 1", class = "tidycnn_input_error")
})
