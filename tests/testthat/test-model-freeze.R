skip_if_not_ready()

learning <- function(model) {
  layers <- list_layers(model)
  layers$layer[layers$trainable]
}

test_that("layers are frozen by name and by position, counted from 1", {
  model <- cnn(c(8, 8, 3), filters = 2, units = 3, seed = 1)
  expect_identical(learning(freeze_weights(model, to = "flatten")), c("dense_1", "prediction"))
  expect_identical(learning(unfreeze_weights(model, from = 1, to = 1)), c("conv_1", "dense_1", "prediction"))
})

test_that("the model itself is changed", {
  model <- cnn(c(8, 8, 3), filters = 2, units = NULL, seed = 1)
  freeze_weights(model)
  expect_identical(learning(model), character())
})

test_that("a layer that does not exist is named in the words of R", {
  model <- cnn(c(8, 8, 3), filters = 2, units = NULL, seed = 1)
  expect_snapshot(error = TRUE, {
    freeze_weights(model, from = "conv_9")
    freeze_weights(model, from = 0)
  })
})

test_that("layers are named by which, from the end, and by block", {
  model <- cnn(c(8, 8, 3), filters = 2, units = 3, seed = 1)
  expect_identical(
    learning(freeze_weights(model, which = c("conv_1", "dense_1"))),
    c("pool_1", "flatten", "prediction")
  )
  expect_identical(learning(unfreeze_weights(model, which = 1)), c("conv_1", "pool_1", "flatten", "prediction"))
  expect_identical(learning(freeze_weights(model, from = -1)), c("conv_1", "pool_1", "flatten"))
  expect_identical(learning(freeze_weights(model, which = c(TRUE, FALSE, FALSE, FALSE, FALSE))), c("pool_1", "flatten"))
  expect_identical(learning(unfreeze_weights(model, block = "head")), c("pool_1", "flatten", "dense_1", "prediction"))
})

test_that("what learns is a tibble", {
  model <- cnn(c(8, 8, 3), filters = 2, units = 3, seed = 1) |> freeze_weights(block = "block1")
  layers <- list_trainable(model)
  expect_s3_class(layers, "tbl_df")
  expect_identical(layers$layer, c("conv_1", "dense_1", "prediction"))
  expect_identical(layers$block, c("block1", "head", "head"))
  expect_identical(layers$learned, c(0L, 57L, 16L))
  expect_identical(layers$trainable, c(FALSE, TRUE, TRUE))
})

test_that("ways to name layers that do not go together, or name none, are refused", {
  model <- cnn(c(8, 8, 3), filters = 2, units = NULL, seed = 1)
  expect_snapshot(error = TRUE, {
    freeze_weights(model, from = 1, which = 2)
    freeze_weights(model, which = c(TRUE, FALSE))
    unfreeze_weights(model, block = "block9")
  })
})
