toy_base <- function() {
  keras_model_sequential(name = "base") |>
    layer_conv_2d(4, 3, activation = "relu", name = "block1_conv", input_shape = c(16, 16, 3)) |>
    layer_max_pooling_2d(name = "block1_pool") |>
    layer_conv_2d(4, 3, activation = "relu", name = "block2_conv") |>
    layer_max_pooling_2d(name = "block2_pool")
}

test_that("stages follow each other, under a head of R-Keras's words", {
  head <- keras_model_sequential() |> layer_flatten() |> layer_dense(2, activation = "softmax")
  stages <- list(
    tune_stage(epochs = 2),
    tune_stage("block2", optimizer = list(name = "sgd", momentum = 0.9), epochs = 1)
  )
  images <- split_images(local_toy_images(), c(train = 0.5, validation = 0.5), seed = 1)
  classifier <- fine_tune(toy_base(), images, head = head, stages = stages, progress = FALSE, seed = 1)
  expect_s3_class(classifier, "tidycnn_classifier")
  losses <- subset(classifier$history, metric == "loss" & data == "train")
  expect_identical(losses$stage, c(1L, 1L, 2L))
  expect_identical(losses$epoch, c(1L, 2L, 1L))
  expect_false(anyNA(predict_images(classifier, images, progress = FALSE)$.pred_class))
})

test_that("a stage prints itself and is plain data", {
  stage <- tune_stage("block5", learning_rate = 1e-5)
  expect_s3_class(stage, "tidycnn_tune_stage")
  expect_output(print(stage), "block5")
})

test_that("blocks that do not exist are named in the frame of the user", {
  expect_error(
    fine_tune(toy_base(), local_toy_images(), stages = tune_stage("block9"), progress = FALSE),
    "`unfreeze` names the block 'block9', but 'base' has 'block1' and 'block2'",
    class = "tidycnn_input_error"
  )
})

test_that("stages are one job, whose status names the stage", {
  skip_on_os("windows")
  folder <- file.path(withr::local_tempdir(), "run")
  stages <- list(tune_stage(epochs = 1), tune_stage("block2", epochs = 2))
  control <- fit_control(background = TRUE)
  images <- local_toy_images()
  job <- fine_tune(toy_base(), images, stages = stages, folder = folder, control = control, progress = FALSE, seed = 1)
  status <- job_status(job_wait(job, progress = FALSE))
  expect_identical(status$status, "finished", label = status$message)
  expect_identical(c(status$stage, status$epochs), c(2L, 2L))
  expect_identical(unique(job_result(job)$history$stage), c(1L, 2L))
})
