skip_if_not_ready()

test_that("the networks of the sources have their parameters", {
  expect_identical(blood_cells_small()$count_params(), 504228L)
  expect_identical(blood_cells_deep()$count_params(), 606596L)
  expect_identical(weather_cnn()$count_params(), 162276L)
})
