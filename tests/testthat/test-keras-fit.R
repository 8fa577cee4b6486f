skip_if_not_ready()

test_that("fit_generator() trains the model itself and gives a history that is plain R", {
  flow <- local_toy_flow(seed = 1)
  model <- toy_floor_model()
  before <- predict_generator(model, flow)
  expect_warning(
    history <- fit_generator(
      model,
      flow,
      steps_per_epoch = flow$n / 5,
      epochs = 2,
      validation_data = flow,
      verbose = 0
    ),
    "12 images stand among the training and the validation images"
  )
  expect_false(isTRUE(all.equal(before, predict_generator(model, flow))))
  expect_identical(names(history$metrics), c("loss", "accuracy", "val_loss", "val_accuracy"))
  expect_identical(history$metrics$acc, history$metrics$accuracy)
  expect_identical(history$metrics$val_acc, history$metrics$val_accuracy)
  expect_identical(history$params, list(epochs = 2L, steps = 2L))
  expect_identical(names(as.data.frame(history)), c("epoch", "value", "metric", "data"))
  expect_identical(names(tidy(history)), c("stage", "epoch", "data", "metric", "value"))
  expect_identical(glance(history)$val_loss, history$metrics$val_loss[[2]])
  kept <- withr::local_tempfile()
  saveRDS(history, kept)
  expect_identical(readRDS(kept), history)
  expect_output(print(history), "training history: 2 epochs")
  skip_if_not_installed("ggplot2")
  expect_s3_class(plot(history), "ggplot")
  expect_s3_class(ggplot2::autoplot(history), "ggplot")
})

test_that("the same fit is written without a generator's name, and on arrays", {
  flow <- local_toy_flow()
  model <- toy_floor_model()
  expect_s3_class(fit(model, flow, epochs = 1, verbose = 0), "tidycnn_training_history")
  x <- array(runif(10 * 8 * 8 * 3), c(10, 8, 8, 3))
  y <- to_categorical(rep(0:1, 5))
  history <- fit(model, x, y, epochs = 2, batch_size = 4, validation_split = 0.2, verbose = 0)
  expect_identical(history$params, list(epochs = 2L, steps = 2L))
  expect_identical(fit(model, x = x, y = y, verbose = 0)$params$epochs, 10L)
  expect_identical(names(evaluate(model, x, y)), c("loss", "accuracy"))
  expect_identical(evaluate(model, x = x, y = y, verbose = 0), evaluate(model, x, y))
  suppressWarnings(expect_identical(names(evaluate(model, x = flow)), c("loss", "accuracy")), "tidycnn_warning")
  expect_error(evaluate(x), "needs a model", class = "tidycnn_input_error")
  suppressWarnings(measured <- evaluate_generator(model, flow, steps = 2), "tidycnn_warning")
  expect_identical(names(measured), c("loss", "accuracy"))
  expect_identical(dim(predict(model, x)), c(10L, 2L))
})

test_that("an evaluation is read as a list and as a vector", {
  x <- array(runif(10 * 8 * 8 * 3), c(10, 8, 8, 3))
  found <- evaluate(toy_floor_model(), x, to_categorical(rep(0:1, 5)))
  expect_type(found, "list")
  expect_identical(found$acc, found[["accuracy"]])
  expect_identical(found["acc"], found["accuracy"])
  expect_identical(found[2], found["accuracy"])
  expect_null(found$auc)
  expect_error(found["auc"], "no metric 'auc'", class = "tidycnn_input_error")
  expect_identical(found["accuracy"] * 100, c(accuracy = found$accuracy * 100))
  expect_identical(dim(as.data.frame(found)), c(1L, 2L))
  expect_output(print(found), "[$]accuracy")
})

test_that("a training that was interrupted at once has a history without epochs", {
  trained <- list(params = list(), history = tidy(fit_generator(toy_floor_model(), local_toy_flow(), verbose = 0))[0, ])
  history <- new_training_history(trained)
  expect_output(print(history), "no epochs")
  expect_identical(glance(history)$epochs, 0L)
  expect_identical(nrow(as.data.frame(history)), 0L)
})

test_that("a checkpoint is the file that is named", {
  folder <- withr::local_tempdir()
  best <- file.path(folder, "best.h5")
  checkpoints <- list(
    callback_model_checkpoint(best, monitor = "val_acc", save_best_only = TRUE),
    callback_model_checkpoint(file.path(folder, "weights.{epoch:02d}-{val_acc:.1f}.hdf5"), period = 2)
  )
  flow <- local_toy_flow()
  suppressWarnings(
    fit_generator(toy_floor_model(), flow, epochs = 3, validation_data = flow, callbacks = checkpoints, verbose = 0)
  )
  expect_s3_class(load_model_hdf5(best), "tidycnn_model")
  expect_length(list.files(folder, "^weights[.]02-.*[.]hdf5$"), 1)
  expect_length(list.files(folder), 2)
  expect_message(callback_model_checkpoint("w.h5", save_weights_only = TRUE), "w.weights.h5")
  expect_error(callback_model_checkpoint("a.keras", period = 0), "`period`", class = "tidycnn_input_error")
})

test_that("callbacks call R functions with the epoch, from 0, and the metrics", {
  flow <- local_toy_flow()
  seen <- list()
  rates <- c()
  watch <- callback_lambda(
    on_epoch_end = function(epoch, logs) seen <<- c(seen, list(c(epoch = epoch, logs["loss"]))),
    on_train_end = function(logs) seen <<- c(seen, "end")
  )
  slower <- callback_learning_rate_scheduler(function(epoch) 0.5 / (1 + epoch))
  both <- callback_learning_rate_scheduler(function(epoch, rate) {
    rates <<- c(rates, rate)
    rate
  })
  fit_generator(toy_floor_model(), flow, epochs = 2, callbacks = list(slower, both, watch), verbose = 0)
  expect_identical(seen[[3]], "end")
  expect_identical(seen[[2]]$epoch, 1L)
  expect_equal(rates, c(0.5, 0.25), tolerance = 1e-6)
})

test_that("every callback is taken", {
  flow <- local_toy_flow()
  log <- withr::local_tempfile(fileext = ".csv")
  best <- withr::local_tempfile(fileext = ".keras")
  callbacks <- list(
    callback_early_stopping(monitor = "val_acc", patience = 1, min_delta = 100),
    callback_reduce_lr_on_plateau(monitor = "loss", patience = 1),
    callback_model_checkpoint(best, save_best_only = TRUE),
    callback_csv_logger(log),
    callback_terminate_on_naan(),
    callback_terminate_on_nan()
  )
  history <- suppressWarnings(fit_generator(
    toy_floor_model(),
    flow,
    epochs = 9,
    callbacks = callbacks,
    validation_data = flow,
    verbose = 0
  ))
  expect_length(history$metrics$loss, 2)
  expect_identical(nrow(read.csv(log)), 2L)
  expect_s3_class(load_model_hdf5(best), "tidycnn_model")
})

test_that("every optimizer trains, with its name of 2018 for the rate, and its decay", {
  flow <- local_toy_flow()
  optimizers <- list(
    "rmsprop",
    optimizer_rmsprop(),
    optimizer_adam(lr = 0.0001, decay = 1e-6),
    optimizer_sgd(lr = 0.01, momentum = 0.9, decay = 1e-6, nesterov = TRUE),
    optimizer_adagrad(),
    optimizer_adadelta(),
    optimizer_adamax(),
    optimizer_nadam(clipnorm = 1)
  )
  for (optimizer in optimizers) {
    history <- fit_generator(toy_floor_model(optimizer = optimizer), flow, steps_per_epoch = 1, verbose = 0)
    expect_true(is.finite(history$metrics$loss))
  }
  expect_equal(optimizer_adam(lr = 0.25)$learning_rate$numpy(), 0.25)
  expect_true(optimizer_sgd(1L, 0.9, 1e-6, TRUE)$nesterov)
  expect_error(optimizer_sgd(decay = "slow"), "`decay` must be a number", class = "tidycnn_input_error")
  expect_error(optimizer_nadam(schedule_decay = 0.1), "built in", class = "tidycnn_input_error")
})

test_that("an R function is a generator", {
  reticulate::import("tidycnn.core.progress")$`_said`$clear()
  model <- toy_floor_model()
  asked <- 0
  generator <- function() {
    asked <<- asked + 1
    list(array(runif(4 * 8 * 8 * 3), c(4, 8, 8, 3)), to_categorical(c(0, 1, 0, 1)))
  }
  expect_message(fit_generator(model, generator, steps_per_epoch = 3, epochs = 2, verbose = 0), "main thread")
  expect_identical(asked, 6)
  expect_identical(dim(predict_generator(model, generator, steps = 2)), c(8L, 2L))
})

test_that("an R function gives batches to a model with several inputs", {
  left <- layer_input(shape = 1)
  right <- layer_input(shape = 1)
  model <- keras_model(list(left, right), layer_add(list(left, right)) |> layer_dense(units = 1))
  compile(model, loss = "mse", optimizer = "sgd")
  generator <- function() list(list(1, 2), 3)
  for (held in list(generator, list(list(1, 2), 3))) {
    history <- fit_generator(
      model,
      generator,
      steps_per_epoch = 2,
      validation_data = held,
      validation_steps = 2,
      verbose = 0
    )
    expect_true(is.finite(history$metrics$val_loss))
  }
  expect_identical(dim(predict_generator(model, generator, steps = 3)), c(3L, 1L))
  expect_identical(dim(predict(model, list(c(1, 2), c(3, 4)))), c(2L, 1L))
  expect_error(fit_generator(model, function() list(1, 3), steps_per_epoch = 1), "`x` must be a list of 2 arrays")
})

test_that("predictions carry path and truth, in order, of a shuffled flow too", {
  flow <- local_toy_flow(shuffle = TRUE)
  model <- toy_floor_model()
  predictions <- augment(model, flow)
  expect_identical(predictions$path, flow$images$path)
  expect_identical(names(predictions)[ncol(predictions) - 2:0], c(".pred_class", ".pred_cat", ".pred_dog"))
  expect_equal(predictions$.pred_dog, predict_generator(model, flow, steps = flow$n / 5)[, 2], tolerance = 1e-6)
  expect_identical(tidy(model), list_layers(model))
})

test_that("a training that is interrupted gives back what was learned", {
  skip_on_os("windows")
  flow <- local_toy_flow()
  log <- withr::local_tempfile()
  process <- r_process(
    function(folder, log) {
      library(tidycnn)
      flow <- flow_images_from_directory(folder, image_data_generator(rescale = 1 / 255), target_size = c(8, 8))
      model <- keras_model_sequential() |>
        layer_flatten(input_shape = c(8, 8, 3)) |>
        layer_dense(units = 2, activation = "softmax")
      compile(model, loss = "categorical_crossentropy", optimizer = "sgd")
      before <- predict_generator(model, flow)
      warned <- NULL
      history <- withCallingHandlers(
        fit_generator(model, flow, epochs = 1e5, callbacks = callback_csv_logger(log), verbose = 0),
        warning = function(warning) {
          warned <<- conditionMessage(warning)
          invokeRestart("muffleWarning")
        }
      )
      list(warned, length(history$metrics$loss), isTRUE(all.equal(before, predict_generator(model, flow))))
    },
    list(dirname(dirname(flow$filepaths[[1]])), log)
  )
  interrupt_at_epoch(process, log)
  answer <- answer_of(process)
  expect_match(answer[[1]], "interrupted")
  expect_gt(answer[[2]], 0)
  expect_false(answer[[3]])
})

test_that("an error in a callback is raised, and model and history keep what was learned", {
  flow <- local_toy_flow()
  model <- toy_floor_model()
  before <- predict_generator(model, flow)
  failing <- callback_lambda(on_epoch_end = function(epoch, logs) if (epoch == 2) stop("enough"))
  expect_warning(
    expect_error(
      fit_generator(model, flow, epochs = 5, callbacks = failing, verbose = 0),
      "enough",
      class = "tidycnn_function_error"
    ),
    "failed after 2 complete epochs"
  )
  expect_false(isTRUE(all.equal(before, predict_generator(model, flow))))
  expect_length(model$history$history$loss, 2)
  expect_length(fit_generator(model, flow, epochs = 2, verbose = 0)$metrics$loss, 2)
})

test_that("a file that breaks has NA in its row where the flow skips such files", {
  flow <- local_toy_flow(on_error = "skip")
  model <- toy_floor_model()
  file.remove(flow$filepaths[[2]])
  expect_warning(found <- predict_generator(model, flow), "1 image cannot be read any more")
  expect_identical(is.na(found[, 1]), seq_len(flow$n) == 2)
})

test_that("callbacks and generators that are none are named", {
  expect_error(callback_lambda(on_batch_end = 3), "`on_batch_end` must be a function, not 3")
  expect_error(callback_learning_rate_scheduler(0.1), "`schedule` must be a function")
  expect_error(callback_csv_logger("no folder/log.csv"), "folder that exists")
  expect_error(callback_early_stopping(patience = "a"), "`patience` must be a number")
  expect_error(callback_model_checkpoint(), "`filepath` is missing")
  expect_error(generator_next("cells"), "`generator` must be a flow, not \"cells\"")
  expect_error(image_to_array("cell.png"), "`img` must be a picture")
})

test_that("what does not fit is said in the terms of the user's call", {
  flow <- local_toy_flow()
  expect_snapshot(error = TRUE, {
    fit_generator(toy_floor_model(classes = 3), flow)
    fit_generator(toy_floor_model(), flow, steps_per_epoch = 0)
    fit_generator(keras_model_sequential(input_shape = c(8, 8, 3)) |> layer_flatten() |> layer_dense(2), flow)
    fit_generator(toy_floor_model(), function() NULL)
    fit_generator(toy_floor_model(), "nowhere")
    fit_generator(toy_floor_model(), local_toy_flow(color_mode = "grayscale"))
    fit_generator(toy_floor_model(), flow, callbacks = "early")
    fit(toy_floor_model(), array(0, c(2, 8, 8, 3)), c(0, 1), verbose = 0)
    summary(keras_model_sequential(name = "empty") |> layer_dense(2))
    compile(toy_floor_model(), loss = "categorical", optimizer = "sgd")
  })
  expect_error(flow_images_from_directory("nowhere"), "no file or folder 'nowhere'", class = "tidycnn_input_error")
})

test_that("names tell inputs, outputs, losses, metrics and weights apart in any order", {
  left <- layer_input(shape = 3, name = "left")
  right <- layer_input(shape = 3, name = "right")
  first <- left |> layer_dense(1, name = "first", kernel_initializer = "ones")
  second <- right |> layer_dense(1, name = "second", kernel_initializer = "zeros")
  model <- keras_model(list(left, right), list(first, second))
  model |>
    compile(
      loss = list(second = "mae", first = "mse"),
      metrics = list(second = "mse"),
      loss_weights = c(second = 0, first = 2),
      optimizer = "sgd"
    )
  x <- list(right = matrix(5, 4, 3), left = matrix(1, 4, 3))
  y <- list(second = matrix(7, 4, 1), first = matrix(1, 4, 1))
  found <- evaluate(model, x, y)
  expect_equal(c(found$loss, found$first_loss, found$second_mse), c(8, 4, 49), tolerance = 1e-5)
  expect_identical(evaluate(model, c(y, x)), found)
  weights <- list(second = rep(1, 4), first = c(1, 1, 0, 0))
  expect_equal(evaluate(model, x, y, sample_weight = weights)$first_loss, 2, tolerance = 1e-5)
  expect_identical(evaluate_generator(model, function() c(x, y), steps = 1)$loss, found$loss)
  expect_identical(predict(model, x), predict(model, list(x$left, x$right)))
  held <- list(y = y, x = x)
  history <- fit(model, c(x, y), validation_data = held, epochs = 1, verbose = 0)
  expect_identical(length(history$metrics$val_second_mse), 1L)
  expect_snapshot(error = TRUE, {
    predict(model, list(left = x$left, up = x$right))
    evaluate(model, x, list(first = y$first))
    compile(model, loss = list(first = "mse", third = "mse"))
    fit(model, list(x$left, right = x$right), y)
  })
})

test_that("labels, their order and images that trained are compared", {
  flow <- local_toy_flow()
  folder <- dirname(dirname(flow$filepaths[[1]]))
  other <- flow_images_from_directory(
    folder,
    image_data_generator(rescale = 1 / 255),
    target_size = c(8, 8),
    classes = c("dog", "cat")
  )
  model <- toy_floor_model()
  expect_error(
    fit_generator(model, flow, validation_data = other, verbose = 0),
    "`validation_data` has the labels 'dog' and 'cat'",
    class = "tidycnn_input_error"
  )
  fit_generator(model, flow, verbose = 0)
  expect_error(evaluate_generator(model, other), "`generator` has the labels", class = "tidycnn_input_error")
  expect_warning(evaluate_generator(model, flow), "trained on 12 of 12 images", class = "tidycnn_warning")
  expect_identical(levels(augment(model, other)$.pred_class), c("cat", "dog"))
  expect_error(
    fit(toy_floor_model(), flow, class_weight = list("2" = 3), verbose = 0),
    "positions go from 0 to 1",
    class = "tidycnn_input_error"
  )
  x <- array(0, c(2, 8, 8, 3))
  sparse <- toy_floor_model()
  compile(sparse, loss = "sparse_categorical_crossentropy", optimizer = "sgd")
  expect_error(fit(sparse, x, 1:2, verbose = 0), "subtract 1", class = "tidycnn_input_error")
})

test_that("labels are balanced for flows and arrays, in both languages' one way", {
  flow <- local_toy_flow(seed = 1)
  counts <- table(flow$classes)
  by_hand <- as.list(sum(counts) / (2 * counts))
  fit_weighted <- function(weights, ...) {
    set.seed(1)
    model <- toy_floor_model()
    fit(model, ..., epochs = 1, class_weight = weights, verbose = 0)$metrics
  }
  expect_identical(fit_weighted("balanced", flow), fit_weighted(by_hand, flow))
  x <- array(0.5, c(4, 8, 8, 3))
  y <- to_categorical(c(0, 1, 1, 1))
  expect_identical(fit_weighted("balanced", x, y), fit_weighted(list("0" = 2, "1" = 2 / 3), x, y))
  expect_error(
    fit_weighted("balanced", function() list(x, y), steps_per_epoch = 1),
    "needs labels",
    class = "tidycnn_input_error"
  )
})
