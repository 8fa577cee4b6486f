local_images <- function() {
  data.frame(
    path = sprintf("%d.png", 1:100),
    label = factor(rep(c("cat", "dog"), 50), c("dog", "cat")),
    group = sprintf("g%d", rep(1:25, each = 4))
  )
}

test_that("splits come as text and the levels stay", {
  skip_if_not_ready()
  images <- split_images(local_images(), seed = 1)
  expect_type(images$split, "character")
  expect_setequal(images$split, c("train", "validation", "test"))
  expect_identical(levels(images$label), c("dog", "cat"))
})

test_that("set.seed() rules the splits", {
  skip_if_not_ready()
  set.seed(1)
  first <- split_images(local_images())
  second <- split_images(local_images())
  set.seed(1)
  expect_identical(split_images(local_images()), first)
  expect_false(identical(first, second))
})

test_that("a group is never divided, and NULL divides groups", {
  skip_if_not_ready()
  parts <- function(images) max(tapply(images$split, images$group, function(split) length(unique(split))))
  expect_identical(parts(split_images(local_images(), seed = 1)), 1L)
  expect_gt(parts(split_images(local_images(), group = NULL, seed = 1)), 1L)
})

test_that("files that cannot be decoded have NA", {
  skip_if_not_ready()
  images <- transform(local_images(), status = rep(c("ok", "empty"), c(96, 4)))
  expect_identical(is.na(split_images(images, seed = 1)$split), images$status == "empty")
})

test_that("from divides those rows only", {
  skip_if_not_ready()
  images <- transform(local_images(), split = rep(c("train", "test"), c(80, 20)))
  images <- split_images(images, c(train = 0.8, validation = 0.2), from = "train", seed = 1)
  expect_identical(unique(images$split[81:100]), "test")
  expect_identical(sum(images$split == "validation"), 16L)
})

test_that("errors name the argument as R spells it", {
  skip_if_not_ready()
  expect_snapshot(error = TRUE, {
    split_images(local_images(), c(train = 0.8, test = 0.3))
    split_images(local_images(), c(0.8, 0.2))
    split_images(local_images(), from = "train")
    split_images(local_images(), by = "species")
  })
})
