skip_if_no_engine()

test_that("named numbers make splits, and a seed the same pictures", {
  folder <- withr::local_tempdir()
  images <- make_blood_cells(file.path(folder, "one"), n = c(train = 8, test = 4), size = 16, seed = 1)
  again <- make_blood_cells(file.path(folder, "two"), n = c(train = 8, test = 4), size = 16, seed = 1)
  expect_identical(table(images$split), table(c(rep("train", 8), rep("test", 4))), ignore_attr = TRUE)
  expect_identical(levels(images$label), c("EOSINOPHIL", "LYMPHOCYTE", "MONOCYTE", "NEUTROPHIL"))
  expect_identical(images$hash, again$hash)
})

test_that("set.seed() rules the pictures", {
  drawn <- function() make_blood_cells(withr::local_tempdir(), n = 4, size = 16)$hash
  expect_identical(withr::with_seed(1, drawn()), withr::with_seed(1, drawn()))
})

test_that("a folder with other files is refused", {
  folder <- withr::local_tempdir()
  file.create(file.path(folder, "mine.txt"))
  expect_error(make_blood_cells(folder, n = 4), "holds 'mine.txt'", class = "tidycnn_input_error")
})
