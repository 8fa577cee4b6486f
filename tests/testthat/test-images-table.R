# Draw class folders of small pictures (plain PPM files, which R can write by itself).
local_picture_folder <- function(counts = c(cat = 3, dog = 2), .env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = .env)
  for (label in names(counts)) {
    dir.create(file.path(folder, label))
    for (i in seq_len(counts[[label]])) {
      draw_picture(file.path(folder, label, sprintf("%s %d.ppm", label, i)), i)
    }
  }
  folder
}

draw_picture <- function(file, grey = 1) {
  writeBin(c(charToRaw("P5\n6 4\n255\n"), as.raw(rep(grey, 24))), file)
}

test_that("the images frame is a tibble with the labels as a factor", {
  skip_if_not_ready()
  images <- image_table(local_picture_folder(), progress = FALSE)
  expect_s3_class(images, "tbl_df")
  expect_named(
    images,
    c("path", "label", "status", "format", "width", "height", "mode", "orientation", "bytes", "hash")
  )
  expect_identical(images$label, factor(c("cat", "cat", "cat", "dog", "dog")))
  expect_identical(
    unique(images[c("format", "width", "height", "mode")]),
    tibble::tibble(format = "ppm", width = 6L, height = 4L, mode = "L")
  )
})

test_that("what is not known of a file is NA", {
  skip_if_not_ready()
  folder <- local_picture_folder()
  writeLines("notes", file.path(folder, "cat", "a.txt"))
  expect_warning(images <- image_table(folder, progress = FALSE), "1 of 6 files cannot be used: 1 not an image")
  expect_identical(images$width[[1]], NA_integer_)
  expect_identical(images$format[[1]], NA_character_)
})

test_that("files without a label have NA in a factor without levels", {
  skip_if_not_ready()
  file <- file.path(local_picture_folder(), "cat", "cat 1.ppm")
  expect_identical(image_table(file)$label, factor(NA, levels = character()))
})

test_that("names may have spaces, accents and emoji", {
  skip_if_not_ready()
  folder <- withr::local_tempdir()
  label <- "chat noir \u00e9\U0001F600"
  dir.create(file.path(folder, label))
  draw_picture(file.path(folder, label, "\u65e5\u672c.ppm"))
  images <- image_table(folder, progress = FALSE)
  expect_identical(levels(images$label), label)
  expect_true(file.exists(images$path))
})

# A folder whose class folder and picture have names that are no text, which R cannot make by itself.
local_nameless_folder <- function(.env = parent.frame()) {
  skip_on_os(c("windows", "mac"))
  folder <- withr::local_tempdir(.local_envir = .env)
  draw_picture(file.path(folder, "a.ppm"))
  moved <- c("cd", shQuote(folder), "&& d=$(printf 'caf\\351\\033x') && mkdir $d && mv a.ppm $d/$(printf 'f\\374.ppm')")
  expect_identical(system(paste(moved, collapse = " ")), 0L)
  folder
}

test_that("names that are no text keep their bytes, and give labels that can be shown", {
  skip_if_not_ready()
  folder <- local_nameless_folder()
  images <- image_table(folder, progress = FALSE)
  expect_identical(levels(images$label), "caf\\xe9\\x1bx")
  bytes <- c(charToRaw("caf"), as.raw(c(0xe9, 0x1b)), charToRaw("x/f"), as.raw(0xfc), charToRaw(".ppm"))
  expect_identical(utils::tail(charToRaw(images$path), length(bytes)), bytes)
})

test_that("a frame with names that are no text goes to Python and back", {
  skip_if_not_ready()
  images <- image_table(local_nameless_folder(), progress = FALSE)
  again <- image_table(images, progress = FALSE)
  expect_identical(again, images)
  expect_identical(again$status, "ok")
})

test_that("messages spell out what would steer a terminal", {
  skip_if_not_ready()
  error <- expect_error(image_table("no\033[2Jwhere"), class = "tidycnn_input_error")
  expect_match(conditionMessage(error), "There is no file or folder 'no\\x1b[2Jwhere'", fixed = TRUE)
  images <- data.frame(path = "nowhere.png", label = "cat\033[2J")
  warned <- capture_warnings(image_table(images, progress = FALSE))
  expect_false(any(grepl("\033", warned, fixed = TRUE)))
})

test_that("splits and levels are named by vectors", {
  skip_if_not_ready()
  folder <- withr::local_tempdir()
  for (name in c("A", "B")) {
    dir.create(file.path(folder, name, "cat"), recursive = TRUE)
    draw_picture(file.path(folder, name, "cat", "a.ppm"))
  }
  images <- image_table(folder, splits = c(train = "B", holdout = "A"), levels = c("dog", "cat"), progress = FALSE)
  expect_identical(images$split, c("train", "holdout"))
  expect_identical(levels(images$label), c("dog", "cat"))
})

test_that("a data frame, a tibble and a data.table keep their further columns", {
  skip_if_not_ready()
  files <- list.files(local_picture_folder(), recursive = TRUE, full.names = TRUE)
  x <- data.frame(path = files, label = "cat/tabby", patient = seq_along(files))
  kinds <- list(x, tibble::as_tibble(x))
  if (requireNamespace("data.table", quietly = TRUE)) {
    kinds <- c(kinds, list(data.table::as.data.table(x)))
  }
  for (kind in kinds) {
    images <- image_table(kind, progress = FALSE)
    expect_identical(images$patient, seq_along(files))
    expect_identical(levels(images$label), "cat/tabby")
  }
})

test_that("counts keep labels without images", {
  skip_if_not_ready()
  counts <- class_counts(data.frame(path = c("a", "b"), label = factor(c("x", "x"), c("w", "x"))))
  expect_identical(counts$n, c(0L, 2L))
  expect_identical(levels(counts$label), c("w", "x"))
})

test_that("errors name the argument and are ours", {
  skip_if_not_ready()
  expect_error(image_table("nowhere"), "There is no file or folder 'nowhere'", class = "tidycnn_input_error")
  expect_error(
    image_table(data.frame(file = "a.png")),
    "`x` must have the columns 'path'",
    class = "tidycnn_input_error"
  )
})

test_that("the real blood cells are all ok", {
  skip_if_not_ready()
  folder <- Sys.getenv("TIDYCNN_DATA")
  skip_if(folder == "" || !dir.exists(file.path(folder, "blood-cells")), "TIDYCNN_DATA is not set")
  images <- image_table(file.path(folder, "blood-cells"), progress = FALSE)
  expect_identical(nrow(images), 12515L)
  expect_identical(unique(images$status), "ok")
})
