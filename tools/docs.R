# Writes man/ and NAMESPACE of the package in the folder given, alike with every locale and every version of roxygen2.

link <- "^\\\\code\\{\\\\link\\{([^}]+)\\}(\\(\\))?\\},?$"

# Links of a family stand one a line; roxygen2 orders them by name since 7.3, and by their whole text before.
order_family <- function(lines) {
  lines <- lines[order(sub(link, "\\1", lines), method = "radix")]
  paste0(sub(",$", "", lines), rep(c(",", ""), c(length(lines) - 1L, 1L)))
}

order_families <- function(page) {
  lines <- readLines(page, encoding = "UTF-8")
  runs <- rle(grepl(link, lines))
  last <- cumsum(runs$lengths)
  for (run in which(runs$values)) {
    family <- seq(to = last[[run]], length.out = runs$lengths[[run]])
    lines[family] <- order_family(lines[family])
  }
  writeLines(lines, page, useBytes = TRUE)
}

package <- commandArgs(TRUE)
invisible(Sys.setlocale("LC_COLLATE", "C"))
roxygen2::roxygenise(package)
for (page in list.files(file.path(package, "man"), "[.]Rd$", full.names = TRUE)) {
  order_families(page)
}
