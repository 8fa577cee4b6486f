# Pictures and networks so small that a fit takes a moment.

# A frame of dark cats and bright dogs (plain PGM files, which R can write by itself).
local_toy_images <- function(n = 6, .env = parent.frame()) {
  skip_if_not_ready()
  folder <- withr::local_tempdir(.local_envir = .env)
  grey <- c(cat = 30, dog = 200)
  for (label in names(grey)) {
    dir.create(file.path(folder, label))
    for (i in seq_len(n)) {
      content <- c(charToRaw("P5\n8 8\n255\n"), as.raw(rep(grey[[label]] + i, 64)))
      writeBin(content, file.path(folder, label, sprintf("%02d.pgm", i)))
    }
  }
  image_table(folder, progress = FALSE)
}

toy_model <- function(classes = 2) {
  cnn(c(8, 8, 3), classes = classes, filters = 2, units = NULL, seed = 1)
}

quick_fit <- function(images, ..., model = toy_model(), epochs = 1, seed = 1) {
  fit_classifier(model, images, ..., epochs = epochs, progress = FALSE, seed = seed)
}
