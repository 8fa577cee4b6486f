# Runs the R tests through the installed package. The last line counts expectations: "10 passed, 0 failed, 1 skipped".

# Comparisons with stored texts run too, which testthat leaves out where it may be on CRAN.
Sys.setenv(NOT_CRAN = "true")
results <- as.data.frame(testthat::test_dir(
  "tests/testthat",
  package = "tidycnn",
  load_package = "installed",
  reporter = "check",
  stop_on_failure = FALSE
))
failed <- sum(results$failed) + sum(results$error)
passed <- sum(results$nb) - sum(results$failed) - sum(results$skipped) - sum(results$warning)
cat(sprintf("%d passed, %d failed, %d skipped\n", passed, failed, sum(results$skipped)))
quit(status = if (failed > 0 || passed == 0) 1 else 0)
