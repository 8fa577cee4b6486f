# A network and a flow of the Keras floor so small that a training takes a moment.

toy_floor_model <- function(classes = 2, metrics = "accuracy", optimizer = "sgd") {
  model <- keras_model_sequential() |>
    layer_flatten(input_shape = c(8, 8, 3)) |>
    layer_dense(units = classes, activation = "softmax")
  compile(model, loss = "categorical_crossentropy", optimizer = optimizer, metrics = metrics)
  model
}

local_toy_flow <- function(..., .env = parent.frame()) {
  images <- local_toy_images(.env = .env)
  folder <- dirname(dirname(images$path[[1]]))
  flow_images_from_directory(
    folder,
    image_data_generator(rescale = 1 / 255),
    target_size = c(8, 8),
    batch_size = 5,
    ...
  )
}

# A package that declares S3 methods on Keras's classes as keras3 does, which cannot be installed everywhere.
local_keras3 <- function(.env = parent.frame()) {
  library <- withr::local_tempdir(.local_envir = .env)
  source <- file.path(withr::local_tempdir(.local_envir = .env), "keras3")
  dir.create(file.path(source, "R"), recursive = TRUE)
  writeLines(
    c(
      "Package: keras3",
      "Version: 1.0.0",
      "Title: Stands In",
      "Description: Stands in.",
      "License: MIT",
      "Imports: generics"
    ),
    file.path(source, "DESCRIPTION")
  )
  writeLines(
    c(
      "importFrom(generics, fit)",
      "export(fit, layer_lstm, layer_dense)",
      "S3method(fit, keras.src.models.model.Model)",
      "S3method(summary, keras.src.models.model.Model)",
      "S3method(print, keras.src.models.model.Model)"
    ),
    file.path(source, "NAMESPACE")
  )
  writeLines(
    c(
      "fit.keras.src.models.model.Model <- function(object, ...) 'fitted by keras3'",
      "summary.keras.src.models.model.Model <- function(object, ...) 'summed up by keras3'",
      "print.keras.src.models.model.Model <- function(x, ...) cat('printed by keras3')",
      "layer_lstm <- function(...) 'made by keras3'",
      "layer_dense <- function(...) 'dense by keras3'"
    ),
    file.path(source, "R", "all.R")
  )
  utils::capture.output(
    utils::install.packages(source, library, repos = NULL, type = "source", quiet = TRUE),
    type = "message"
  )
  library
}
