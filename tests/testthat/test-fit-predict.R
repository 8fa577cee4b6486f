test_that("predictions are the rows of the images with a factor and a probability per level", {
  images <- local_toy_images()
  images <- images[c(12, 1, 7), ]
  images$note <- c("a", NA, "c")
  predictions <- predict_images(as_classifier(toy_model(), c("cat", "dog")), images)
  expect_s3_class(predictions, "tbl_df")
  expect_named(predictions, c(names(images), ".pred_class", ".pred_cat", ".pred_dog"))
  expect_identical(predictions[names(images)], images)
  expect_identical(levels(predictions$.pred_class), c("cat", "dog"))
  expect_equal(predictions$.pred_cat + predictions$.pred_dog, c(1, 1, 1))
})

test_that("an image that cannot be read has NA in its place", {
  images <- local_toy_images()
  file.create(images$path[[2]])
  expect_warning(
    predictions <- predict_images(as_classifier(toy_model(), c("cat", "dog")), images["path"]),
    "images without a prediction (1 empty)",
    fixed = TRUE
  )
  expect_identical(predictions$status[1:3], c("ok", "empty", "ok"))
  expect_identical(predictions$.pred_cat[[2]], NA_real_)
  expect_identical(predictions$.pred_class[[2]], factor(NA, levels = c("cat", "dog")))
})

test_that("a file that breaks after it was listed has NA in its place, or is an error where that is wished", {
  images <- local_toy_images()
  classifier <- as_classifier(toy_model(), c("cat", "dog"))
  file.remove(images$path[[2]])
  expect_warning(predictions <- predict_images(classifier, images), "1 image cannot be read any more: '.*02.pgm'")
  expect_identical(predictions$status[1:3], c("ok", "unreadable", "ok"))
  expect_identical(predictions$.pred_cat[[2]], NA_real_)
  expect_identical(is.na(predictions$.pred_class), seq_len(nrow(images)) == 2)
  expect_warning(classes <- predict(classifier, images), "any more")
  expect_identical(classes$.pred_class, predictions$.pred_class)
  expect_error(predict(classifier, images, on_error = "stop"), "02.pgm", class = "tidycnn_image_error")
})

test_that("one path and a folder are taken", {
  images <- local_toy_images()
  classifier <- as_classifier(toy_model(), c("cat", "dog"))
  expect_identical(nrow(predict_images(classifier, images$path[[1]])), 1L)
  expect_identical(predict_images(classifier, dirname(dirname(images$path[[1]])))$label, images$label)
})

test_that("predict() gives the class or the probabilities, augment() gives all", {
  images <- local_toy_images()
  classifier <- as_classifier(toy_model(), c("cat", "dog"))
  expect_named(predict(classifier, images), ".pred_class")
  expect_named(predict(classifier, images, type = "prob"), c(".pred_cat", ".pred_dog"))
  expect_identical(augment(classifier, images), predict_images(classifier, images))
})

test_that("truth values and numbers are labels in the words and the order of R", {
  images <- local_toy_images()
  images$label <- rep(c(TRUE, FALSE), each = 6)
  classifier <- quick_fit(images, class_weight = c("TRUE" = 2))
  expect_identical(classifier$levels, c("FALSE", "TRUE"))
  predictions <- predict_images(classifier, images, progress = FALSE)
  expect_true(all(c(".pred_FALSE", ".pred_TRUE") %in% names(predictions)))
  expect_identical(levels(predictions$.pred_class), c("FALSE", "TRUE"))
  expect_identical(as.character(predictions$label), as.character(images$label))
  expect_identical(as_classifier(toy_model(), c(FALSE, TRUE))$levels, c("FALSE", "TRUE"))
  images$label <- rep(c("10", "9"), each = 6)
  expect_identical(levels(image_table(images, progress = FALSE)$label), c("9", "10"))
})
