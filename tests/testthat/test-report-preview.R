skip_if_not_ready()
skip_if_not_installed("ggplot2")

pictures <- function(n = 3) array(seq_len(n * 4 * 6 * 3) %% 256, c(n, 4, 6, 3))

test_that("a batch is a ggplot with a title above each picture", {
  flow <- flow_images_from_data(pictures(), c("cat", "dog", "cat"), shuffle = FALSE)
  plot <- rendered(show_batch(flow))
  expect_s3_class(plot, "ggplot")
  expect_identical(plot$data$title, c("cat", "dog", "cat"))
  expect_identical(plot$labels$subtitle, "3 of 3 images, 4 x 6 pixels, rgb, not augmented")
})

test_that("n limits the pictures", {
  plot <- show_batch(flow_images_from_data(pictures(), c("cat", "dog", "cat")), n = 2)
  expect_identical(nrow(plot$data), 2L)
})

test_that("pictures arrive as they are in Python", {
  picture <- array(c(0, 128, 255), c(1, 3, 1))
  expect_identical(as.character(raster_of(picture)), c("#000000", "#808080", "#FFFFFF"))
  flow <- flow_images_from_data(array(picture, c(1, 1, 3, 1)))
  preview <- call_engine("batch_pictures", list(flow = flow), module = "flow.preview")
  expect_equal(preview$pictures[[1]], picture)
})

test_that("each picture is drawn in the panel of its title, pixel by pixel", {
  flow <- flow_images_from_data(pictures(), c("cat", "dog", "cat"), shuffle = FALSE)
  preview <- call_engine("batch_pictures", list(flow = flow), module = "flow.preview")
  plot <- rendered(show_batch(flow))
  expect_identical(panel_titles(ggplot2::ggplot_build(plot)), c("cat", "dog", "cat"))
  drawn <- Filter(function(layer) inherits(layer$geom, "GeomRasterAnn"), plot$layers)
  expect_identical(lapply(drawn, function(layer) layer$geom_params$raster), lapply(preview$pictures, raster_of))
  expect_identical(vapply(drawn, function(layer) as.integer(layer$data$picture), 0L), 1:3)
})

test_that("augmentations show the picture first, grey ones too", {
  for (channels in c(1, 3, 4)) {
    picture <- array(1:40 / 40, c(5, 8, channels))
    plot <- rendered(show_augmentations(image_data_generator(rotation_range = 45), picture, n = 3, seed = 1))
    expect_identical(plot$data$title, c("as it is", "random 1", "random 2", "random 3"))
  }
})

test_that("a flow is drawn by autoplot()", {
  flow <- flow_images_from_data(pictures(), c("cat", "dog", "cat"))
  expect_identical(autoplot(flow)$labels$title, "What the network sees")
})
