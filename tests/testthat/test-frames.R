# Every frame that a function returns is of a kind in Python's table of frames, as in tests/python/test_frames.py.

skip_if_not_ready()
stand_in(paste(readLines(test_path("shared", "frames.py")), collapse = "\n"))

frame_makers <- function() call_py("frame_makers", module = "stand_in")
faults_of <- function(columns, maker) call_py("faults_of", module = "stand_in")

expect_no_faults <- function(frame, maker) {
  expect_s3_class(frame, "tbl_df")
  expect_identical(faults_of(names(frame), maker), list(), label = paste0("what is wrong with the frame of ", maker))
}

test_that("every function that returns a frame returns one of its kind", {
  images <- image_table(local_picture_folder(), progress = FALSE)
  images$mine <- 1
  classifier <- toy_classifier()
  fitted <- fit_classifier(classifier$model, images, epochs = 1, progress = FALSE, seed = 1)
  predictions <- predict_images(fitted, images, progress = FALSE)
  cells <- withr::local_tempdir()
  grid <- data.frame(optimizer = c("sgd", "adam"))
  many <- fit_many(grid, images, model = classifier$model, epochs = 1, progress = FALSE, seed = 1)
  folds <- vfold_images(images, 2, seed = 1)
  validated <- fit_folds(classifier$model, folds, epochs = 1, progress = FALSE, seed = 1)
  # What has ended already is a job that has finished.
  fit_job <- function(...) {
    run <- file.path(cells, "run")
    fit_classifier(classifier$model, images, epochs = 1, folder = run, progress = FALSE, seed = 1, ...)
  }
  fit_job()
  job <- fit_job(control = fit_control(background = TRUE))
  made <- suppressWarnings(list(
    audit_splits = audit_splits(split_images(images, seed = 1)),
    class_counts = class_counts(images),
    classification_report = classification_report(predictions),
    compare_fits = compare_fits(a = fitted, b = classifier, images = images, progress = FALSE, seed = 1),
    confusion_matrix = confusion_matrix(predictions),
    extract_features = extract_features(classifier$model, images, progress = FALSE),
    find_learning_rate = find_learning_rate(classifier$model, images, steps = 20, progress = FALSE, seed = 1),
    fit_classifier = fitted$history,
    fit_folds = validated$fits,
    fit_many = many$fits,
    glance_classifier = glance(fitted),
    image_table = images,
    job_history = job_history(job),
    job_status = job_status(job),
    linear_probe = linear_probe(images, classifier, v = 3, bootstraps = 50, progress = FALSE, seed = 1),
    list_jobs = list_jobs(cells),
    list_layers = list_layers(classifier$model),
    list_metrics = list_metrics(),
    list_pretrained = list_pretrained(),
    list_trainable = list_trainable(classifier$model),
    make_blood_cells = make_blood_cells(file.path(cells, "cells"), n = 4, size = 32, progress = FALSE, seed = 1),
    predict_images = predictions,
    preflight = preflight(classifier$model, images, progress = FALSE, seed = 1),
    score_predictions = score_predictions(predictions, seed = 1),
    split_images = split_images(images, seed = 1),
    tidycnn_sitrep = tidycnn_sitrep(),
    vfold_images = vfold_images(images, 2, repeats = 2, seed = 1)
  ))
  expect_setequal(names(made), frame_makers())
  Map(expect_no_faults, made, names(made))
})

test_that("the generics of R return frames of these kinds", {
  images <- image_table(local_picture_folder(), progress = FALSE)
  classifier <- toy_classifier()
  expect_no_faults(tidy(classifier), "list_layers")
  expect_no_faults(tidy(classifier$model), "list_layers")
  expect_no_faults(augment(classifier, images, progress = FALSE), "predict_images")
  expect_no_faults(glance(classifier), "glance_classifier")
})
