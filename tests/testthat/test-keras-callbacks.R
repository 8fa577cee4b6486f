skip_if_not_ready()

# Train with Dropout, augmentation and a falling rate; all that is drawn but the first weights follows from `seed`.
fit_kept <- function(folder, backup, epochs, seed, x = NULL, y = NULL, ...) {
  library(tidycnn)
  set.seed(1)
  model <- keras_model_sequential(input_shape = c(8, 8, 3)) |>
    layer_flatten() |>
    layer_dropout(0.3) |>
    layer_dense(units = 2, activation = "softmax")
  compile(model, loss = "categorical_crossentropy", optimizer = optimizer_rmsprop(lr = 0.01), metrics = "acc")
  set.seed(seed)
  callbacks <- list(callback_reduce_lr_on_plateau(monitor = "loss", patience = 1, min_delta = 0.01), ...)
  if (!is.null(backup)) {
    callbacks <- c(callbacks, callback_backup_and_restore(backup))
  }
  if (is.null(x)) {
    generator <- image_data_generator(rescale = 1 / 255, rotation_range = 20)
    flow <- flow_images_from_directory(folder, generator, target_size = c(8, 8), batch_size = 5)
    history <- fit_generator(model, flow, epochs = epochs, callbacks = callbacks, verbose = 0)
    x <- flow
  } else {
    history <- fit(model, x, y, epochs = epochs, batch_size = 5, callbacks = callbacks, verbose = 0)
  }
  list(metrics = history$metrics, predicted = predict(model, x))
}

test_that("fit_generator() with a backup goes on after it was killed, to the same end", {
  images <- local_toy_images()
  folder <- dirname(dirname(images$path[[1]]))
  backup <- file.path(withr::local_tempdir(), "backup")
  process <- r_process(fit_kept, list(folder, backup, epochs = 100000L, seed = 2))
  for (wait in seq_len(1200)) {
    if (process$is_alive() && length(dir(backup, pattern = "^step-")) < 2) Sys.sleep(0.05)
  }
  tools::pskill(process$get_pid(), tools::SIGKILL)
  process$wait()
  steps <- as.integer(sub("step-([0-9]+)[.]npz", "\\1", max(dir(backup, pattern = "^step-"))))
  epochs <- steps / ceiling(nrow(images) / 5) + 2
  expect_message(found <- fit_kept(folder, backup, epochs, seed = 3), "goes on after")
  expect_false(dir.exists(backup))
  expect_identical(found, fit_kept(folder, NULL, epochs, seed = 2))
})

test_that("fit() on arrays with a backup goes on after an error, to the same end", {
  set.seed(4)
  x <- array(runif(20 * 8 * 8 * 3), c(20, 8, 8, 3))
  y <- to_categorical(rep(0:1, 10))
  backup <- file.path(withr::local_tempdir(), "backup")
  cut <- callback_lambda(on_epoch_end = function(epoch, logs) if (epoch == 2) stop("The power is cut."))
  calm <- callback_lambda(on_epoch_end = function(epoch, logs) NULL)
  suppressWarnings(expect_error(fit_kept(NULL, backup, 4, seed = 2, x, y, cut), "power"))
  expect_message(found <- fit_kept(NULL, backup, 4, seed = 3, x, y, calm), "goes on after 2 complete epochs")
  expect_identical(found, fit_kept(NULL, NULL, 4, seed = 2, x, y, calm))
})

test_that("a backup is checked by name, and is not for fit_classifier()", {
  expect_error(callback_backup_and_restore(), "`backup_dir` is missing")
  expect_error(callback_backup_and_restore(withr::local_tempdir(), save_freq = 0), "`save_freq` must be")
  backup <- callback_backup_and_restore(withr::local_tempdir())
  expect_error(fit_classifier(toy_model(), "nowhere", callbacks = backup), "`callbacks` has a backup")
})

test_that("callback_tensorboard() writes events of both loops, and needs tensorboard", {
  flow <- local_toy_flow()
  for (watch in list(NULL, callback_lambda(on_epoch_end = function(epoch, logs) NULL))) {
    folder <- withr::local_tempdir()
    board <- callback_tensorboard(folder, histogram_freq = 1, update_freq = 2)
    fit_generator(
      toy_floor_model(),
      flow,
      epochs = 2,
      validation_data = flow,
      callbacks = c(board, watch),
      verbose = 0
    ) |>
      suppressWarnings()
    expect_gt(length(list.files(folder, "^events[.]", recursive = TRUE)), 1)
  }
  expect_error(callback_tensorboard(histogram_freq = "a"), "`histogram_freq` must be a number")
})
