test_that("a control says how a fit runs, and fit_classifier() remembers it", {
  skip_if_not_ready()
  control <- fit_control(cache = "memory", on_error = "skip", precision = "bfloat16", threads = 1)
  expect_s3_class(control, "tidycnn_control")
  expect_output(print(control), "bfloat16")
  stage <- quick_fit(local_toy_images(), control = control)$stages[[1]]
  expect_identical(stage$precision, "bfloat16")
  expect_identical(stage$flow$cache, "memory")
  expect_identical(stage$flow$on_error, "skip")
})

test_that("a fit takes float16, a measured precision and a strategy", {
  skip_if_not_ready()
  images <- local_toy_images()
  expect_identical(quick_fit(images, control = fit_control(precision = "float16"))$stages[[1]]$precision, "float16")
  expect_message(fitted <- quick_fit(images, control = fit_control(precision = "auto")), "`precision` is '")
  expect_true(fitted$stages[[1]]$precision %in% c("float32", "bfloat16"))
  expect_message(quick_fit(images, control = fit_control(strategy = "mirrored")), "one device")
})

test_that("what is no control is named", {
  skip_if_no_engine()
  expect_error(fit_control(precision = "float64"), "`precision` must be one of", class = "tidycnn_input_error")
  expect_error(
    fit_control(threads = 0),
    "`threads` must be a whole number of at least 1",
    class = "tidycnn_input_error"
  )
})
