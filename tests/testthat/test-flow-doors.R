skip_if_not_ready()
skip_if_not_installed("png")

# Two cats and two dogs, 6 pixels high and 8 wide.
local_pictures <- function(.env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = .env)
  for (label in c("cat", "dog")) {
    dir.create(file.path(folder, label))
    for (i in 1:2) {
      level <- i / 4 + 0.5 * (label == "dog")
      png::writePNG(array(level, c(6, 8, 3)), file.path(folder, label, paste0(i, ".png")))
    }
  }
  folder
}

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
    flow_images_from_directory(folder, classes = c("cat", "horse"))
    flow_images_from_directory(folder, target_size = 0)
    flow_images_from_directory(folder, subset = "validation")
    flow_images_from_data(matrix(0, 2, 2))
  })
})
