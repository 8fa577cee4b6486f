skip_if_not_ready()
skip_if_not_installed("knitr")
skip_if_not_installed("ggplot2")

vignettes <- list.files(test_path("..", "..", "vignettes"), "[.]Rmd$", full.names = TRUE)

for (vignette in normalizePath(vignettes)) {
  test_that(paste(basename(vignette), "runs"), {
    withr::local_dir(withr::local_tempdir())
    expect_error(suppressMessages(knitr::knit(vignette, quiet = TRUE, envir = new.env())), NA)
    text <- readLines(sub("Rmd$", "md", basename(vignette)), encoding = "UTF-8")
    expect_true(any(startsWith(text, "#>")))
  })
}
