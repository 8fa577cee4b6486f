library(testthat)
library(tidycnn)

test_check("tidycnn")
