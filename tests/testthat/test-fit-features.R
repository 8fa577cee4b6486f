test_that("features stand beside the images, and many columns cross as one matrix", {
  images <- local_toy_images()
  features <- extract_features(toy_model(), images, layer = "flatten", pooling = "none", progress = FALSE)
  expect_s3_class(features, "tbl_df")
  expect_identical(features[names(images)], images)
  numbers <- as.matrix(features[startsWith(names(features), ".x")])
  expect_gt(ncol(numbers), 16)
  expect_identical(colnames(numbers)[1:2], c(".x0001", ".x0002"))
  expect_false(anyNA(numbers))
  # One column at a time crosses another way.
  few <- extract_features(toy_model(), images, progress = FALSE)
  expect_equal(unname(rowSums(few[startsWith(names(few), ".x")])), rep(1, nrow(images)), tolerance = 1e-5)
})

test_that("images that cannot be read have missing features", {
  images <- local_toy_images()
  images$status[2] <- "not an image"
  features <- suppressWarnings(extract_features(
    toy_model(),
    images,
    layer = "flatten",
    pooling = "none",
    progress = FALSE
  ))
  expect_identical(which(is.na(features$.x0001)), 2L)
  expect_false(is.nan(features$.x0001[2]))
})

test_that("a layer that is not there is named", {
  expect_error(
    extract_features(toy_model(), local_toy_images(), layer = "nonsense", progress = FALSE),
    "`layer` names the layer 'nonsense'",
    class = "tidycnn_input_error"
  )
})
