skip_if_not_ready()
skip_if_not_installed("callr")
skip_if_not_installed("ggplot2")

script <- normalizePath(test_path("..", "..", "examples", "blood_cells_2018.R"), mustWork = FALSE)

test_that("the script of 2018 runs from its first line to its last", {
  skip_if_not(file.exists(script), "in the package alone there are no examples")
  folder <- withr::local_tempdir()
  make_blood_cells(folder, n = c(TRAIN = 52, TEST = 8), size = 40, seed = 1, progress = FALSE)
  home <- withr::local_tempdir()
  run <- callr::rscript(script, c(folder, "1"), wd = home, show = FALSE, fail_on_status = FALSE)
  expect_identical(run$status, 0L, info = run$stderr)
  expect_match(run$stdout, "ensemble of the four")
  expect_setequal(
    setdiff(list.files(home), "Rplots.pdf"),
    c(paste0("blood-cells-", c("adam", "maps", "rmsprop", "sgd"), ".png"), "blood-cells-deep.h5")
  )
})
