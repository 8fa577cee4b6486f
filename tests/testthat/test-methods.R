test_that("predict() gives one column of classes, or one of probabilities per level", {
  skip_if_not_ready()
  images <- image_table(local_picture_folder(), progress = FALSE)
  classifier <- toy_classifier()
  whole <- predict_images(classifier, images, progress = FALSE)
  expect_identical(predict(classifier, images, progress = FALSE), whole[".pred_class"])
  expect_identical(predict(classifier, images, "prob", progress = FALSE), whole[c(".pred_cat", ".pred_dog")])
  expect_error(predict(classifier, images, "classes"), "type")
})

test_that("augment() is predict_images(): every row in its place", {
  skip_if_not_ready()
  folder <- local_picture_folder()
  writeLines("no picture", file.path(folder, "cat", "broken.png"))
  images <- suppressWarnings(image_table(folder, progress = FALSE))
  augmented <- suppressWarnings(augment(toy_classifier(), images, progress = FALSE))
  expect_identical(augmented$path, images$path)
  expect_identical(is.na(augmented$.pred_class), images$status != "ok")
  expect_identical(levels(augmented$.pred_class), c("cat", "dog"))
})

test_that("tidy() gives the layers, of a classifier as of its model", {
  skip_if_not_ready()
  classifier <- toy_classifier()
  expect_identical(tidy(classifier), list_layers(classifier$model))
  expect_identical(tidy(classifier$model), list_layers(classifier$model))
  expect_identical(summary(classifier$model), list_layers(classifier$model))
})

test_that("glance() gives one row with the promised columns", {
  skip_if_not_ready()
  glanced <- glance(toy_classifier())
  columns <- c("parameters", "epochs", "best_epoch", "val_loss", "val_accuracy", "seconds", "seed", "images", "groups")
  expect_identical(names(glanced), columns)
  expect_identical(nrow(glanced), 1L)
  expect_identical(summary(toy_classifier())$parameters, glanced$parameters)
})

test_that("fit() is fit_classifier(), and a classifier has its class and its history", {
  skip_if_not_ready()
  images <- image_table(local_picture_folder(), progress = FALSE)
  model <- cnn(c(16, 16, 3), 2, filters = 4, kernel_size = 3, units = 8, seed = 1)
  fitted <- suppressMessages(suppressWarnings(fit(model, images, epochs = 1, progress = FALSE, seed = 1)))
  expect_s3_class(fitted, c("tidycnn_classifier", "tidycnn_handle"))
  expect_identical(names(fitted$history), c("stage", "epoch", "data", "metric", "value"))
  expect_identical(fitted$seed, 1L)
})

test_that("the generics are there without generics being loaded", {
  for (name in c("fit", "tidy", "glance", "augment")) {
    expect_identical(getExportedValue("tidycnn", name), getExportedValue("generics", name))
  }
})

test_that("what behaves like a classifier is one, and tidy() says that it has no layers", {
  skip_if_not_ready()
  reticulate::py_run_string(paste(
    "class ByName:",
    "    levels = ['cat', 'dog']",
    "    def probabilities(self, images, **options):",
    "        return [[float(label in path) for label in self.levels] for path in images['path']]",
    "    def describe(self):",
    "        return {'name': 'by name'}",
    "    def save(self, folder, *, overwrite=False):",
    "        pass",
    "class Shelf:",
    "    classifier = ByName()",
    sep = "\n"
  ))
  shelf <- reticulate::py_get_attr(reticulate::import_main(convert = FALSE), "Shelf")
  classifier <- call_engine("get_attribute", list(object = shelf, name = "classifier"), module = "bridge")
  images <- image_table(local_picture_folder(), progress = FALSE)
  expect_s3_class(classifier, "tidycnn_classifier")
  expect_identical(format(classifier), "<Classifier by name: 2 labels ('cat' and 'dog')>")
  expect_identical(as.character(predict(classifier, images, progress = FALSE)$.pred_class), as.character(images$label))
  expect_identical(glance(classifier)$parameters, NA_real_)
  expect_error(tidy(classifier), "must have one Keras model", class = "tidycnn_input_error")
  expect_error(ggplot2::autoplot(classifier), "no history", class = "tidycnn_input_error")
})
