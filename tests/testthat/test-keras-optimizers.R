skip_if_not_ready()

test_that("every schedule gives its rates to the optimizer", {
  schedules <- list(
    learning_rate_schedule_cosine_decay(1, decay_steps = 4),
    learning_rate_schedule_cosine_decay(0, decay_steps = 4, warmup_target = 1, warmup_steps = 2),
    learning_rate_schedule_cosine_decay_restarts(1, first_decay_steps = 2),
    learning_rate_schedule_exponential_decay(1, decay_steps = 2, decay_rate = 0.25),
    learning_rate_schedule_exponential_decay(1, decay_steps = 2, decay_rate = 0.25, staircase = TRUE),
    learning_rate_schedule_inverse_time_decay(1, decay_steps = 1, decay_rate = 1),
    learning_rate_schedule_piecewise_constant_decay(boundaries = c(1, 2), values = c(1, 0.5, 0.25)),
    learning_rate_schedule_polynomial_decay(1, decay_steps = 4, end_learning_rate = 0)
  )
  expected <- c((1 + cos(pi * 3 / 4)) / 2, (1 + cos(pi / 4)) / 2, (1 + cos(pi / 4)) / 2, 0.125, 0.25, 0.25, 0.25, 0.25)
  x <- array(0, c(3, 8, 8, 3))
  for (i in seq_along(schedules)) {
    model <- toy_floor_model(optimizer = optimizer_sgd(learning_rate = schedules[[i]]))
    fit(model, x, to_categorical(c(0, 1, 0), 2), epochs = 1, batch_size = 1, verbose = 0)
    expect_equal(model$optimizer$learning_rate$numpy(), expected[[i]], tolerance = 1e-6, info = i)
  }
})

test_that("a schedule is checked by name, and takes no decay beside it", {
  expect_error(learning_rate_schedule_cosine_decay(0.1), "`decay_steps` is missing")
  schedule <- learning_rate_schedule_cosine_decay(0.1, 10)
  expect_error(optimizer_adam(schedule, decay = 0.1), "`decay` cannot change")
  images <- local_toy_images()
  expect_error(
    fit_classifier(toy_model(), images, optimizer = optimizer_adam(schedule), schedule = "step", progress = FALSE),
    "follows a schedule of its own"
  )
})
