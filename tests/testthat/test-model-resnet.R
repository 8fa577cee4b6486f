skip_if_not_ready()

test_that("depth and version are whole R numbers", {
  expect_identical(resnet_cifar()$count_params(), 274442L)
  expect_identical(resnet_cifar(c(8, 8, 3), depth = 11, version = 2)$name, "resnet_11_v2")
})

test_that("a depth that does not exist is refused with its neighbours", {
  expect_snapshot(error = TRUE, resnet_cifar(depth = 21))
})
