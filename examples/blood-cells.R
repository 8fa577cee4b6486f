# White blood cells, in the words of the R-Keras scripts of 2018: two networks, three optimizers, augmentation, and a
# large network whose last block is tuned. (`blood_cells.R` has the same cells in tidy frames.)
#
#   Rscript examples/blood-cells.R FOLDER [EPOCHS [VGG16_WEIGHTS]]
#
# FOLDER holds TRAIN and TEST, each with one folder of pictures for each kind of cell. EPOCHS are 30 where not given.
# VGG16_WEIGHTS is a file with weights learned on ImageNet, or "imagenet" to fetch them; without it that part is left out.

library(tidycnn)

arguments <- commandArgs(TRUE)
train_dir <- file.path(arguments[[1]], "TRAIN")
test_dir <- file.path(arguments[[1]], "TEST")
epochs <- if (length(arguments) > 1) as.integer(arguments[[2]]) else 30L
set.seed(1)

# --- the pictures ----------------------------------------------------------------------------------------------------

datagen <- image_data_generator(rescale = 1 / 255)
augmenting <- image_data_generator(
  rescale = 1 / 255,
  rotation_range = 10,
  width_shift_range = 0.3,
  height_shift_range = 0.3,
  shear_range = 0.3,
  zoom_range = 0.2,
  horizontal_flip = TRUE,
  fill_mode = "nearest"
)
flow_of <- function(directory, generator) {
  flow_images_from_directory(
    directory,
    generator,
    target_size = c(150, 150),
    batch_size = 50,
    class_mode = "categorical"
  )
}
train_data <- flow_of(train_dir, datagen)
augmented_data <- flow_of(train_dir, augmenting)
test_data <- flow_of(test_dir, datagen)

# --- the networks ----------------------------------------------------------------------------------------------------

small_network <- function() {
  keras_model_sequential() |>
    layer_conv_2d(filters = 32, kernel_size = c(3, 3), activation = "relu", input_shape = c(150, 150, 3)) |>
    layer_max_pooling_2d(pool_size = c(2, 2)) |>
    layer_conv_2d(filters = 32, kernel_size = c(3, 3), activation = "relu") |>
    layer_max_pooling_2d(pool_size = c(2, 2)) |>
    layer_conv_2d(filters = 64, kernel_size = c(3, 3), activation = "relu") |>
    layer_max_pooling_2d(pool_size = c(2, 2)) |>
    layer_conv_2d(filters = 128, kernel_size = c(3, 3), activation = "relu") |>
    layer_max_pooling_2d(pool_size = c(2, 2)) |>
    layer_flatten() |>
    layer_dense(units = 64, activation = "relu") |>
    layer_dropout(rate = 0.2) |>
    layer_dense(units = 4, activation = "softmax")
}

deep_network <- function() {
  keras_model_sequential() |>
    layer_conv_2d(filters = 32, kernel_size = c(3, 3), activation = "relu", input_shape = c(150, 150, 3)) |>
    layer_max_pooling_2d(pool_size = c(2, 2)) |>
    layer_conv_2d(filters = 64, kernel_size = c(3, 3), activation = "relu") |>
    layer_max_pooling_2d(pool_size = c(2, 2)) |>
    layer_conv_2d(filters = 64, kernel_size = c(3, 3), activation = "relu") |>
    layer_max_pooling_2d(pool_size = c(2, 2)) |>
    layer_conv_2d(filters = 128, kernel_size = c(3, 3), activation = "relu") |>
    layer_max_pooling_2d(pool_size = c(2, 2)) |>
    layer_conv_2d(filters = 128, kernel_size = c(3, 3), activation = "relu") |>
    layer_max_pooling_2d(pool_size = c(2, 2)) |>
    layer_flatten() |>
    layer_dropout(rate = 0.4) |>
    layer_dense(units = 512, activation = "relu") |>
    layer_dense(units = 128, activation = "relu") |>
    layer_dense(units = 4, activation = "softmax")
}

train <- function(model, data, optimizer) {
  model |> compile(loss = "categorical_crossentropy", optimizer = optimizer, metrics = c("accuracy"))
  model |>
    fit_generator(
      data,
      steps_per_epoch = data$n / data$batch_size,
      epochs = epochs,
      validation_data = test_data,
      validation_steps = 50
    )
}

# --- three optimizers side by side -----------------------------------------------------------------------------------

optimizers <- list(
  RMSprop = function() optimizer_rmsprop(),
  Adam = function() optimizer_adam(lr = 0.0001, decay = 1e-6),
  SGD = function() optimizer_sgd(lr = 0.01, decay = 1e-6, momentum = 0.9)
)
results <- data.frame()
add_result <- function(network, optimizer, model) {
  found <- model |> evaluate_generator(test_data)
  row <- data.frame(network, optimizer, loss = found$loss, accuracy = found$accuracy)
  print(row, row.names = FALSE)
  results <<- rbind(results, row)
}
for (name in names(optimizers)) {
  set.seed(1)
  model <- small_network()
  history <- train(model, train_data, optimizers[[name]]())
  ggplot2::ggsave(paste0("blood-cells-", tolower(name), ".png"), plot(history), width = 8, height = 4)
  add_result("small", name, model)
}

# --- the deeper network on augmented pictures ------------------------------------------------------------------------

set.seed(1)
deep <- deep_network()
train(deep, augmented_data, optimizers$Adam())
add_result("deep, augmented", "Adam", deep)
predictions <- augment(deep, test_data)
print(confusion_matrix(predictions))
save_model_hdf5(deep, "blood-cells-deep.h5")

# --- VGG16, its last block tuned -------------------------------------------------------------------------------------

if (length(arguments) > 2) {
  conv_base <- application_vgg16(weights = arguments[[3]], include_top = FALSE, input_shape = c(150, 150, 3))
  tuned <- keras_model_sequential() |>
    conv_base() |>
    layer_flatten() |>
    layer_dense(units = 256, activation = "relu") |>
    layer_dense(units = 4, activation = "softmax")
  freeze_weights(conv_base)
  train(tuned, augmented_data, optimizer_rmsprop(lr = 2e-5))
  unfreeze_weights(conv_base, from = "block5_conv1")
  train(tuned, augmented_data, optimizer_rmsprop(lr = 1e-5))
  add_result("VGG16, tuned", "RMSprop", tuned)
}

print(results, row.names = FALSE)
