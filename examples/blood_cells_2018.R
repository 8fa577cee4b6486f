# White blood cells, in the words of the R-Keras scripts of 2018: two networks, three optimizers, augmentation, what the
# layers see, an ensemble, support vector regressors on top of a network, and a large network whose last block is tuned.
# (`blood_cells.R` has the same cells in tidy frames.)
#
#   Rscript examples/blood_cells_2018.R FOLDER [EPOCHS [VGG16_WEIGHTS]]
#
# FOLDER holds TRAIN and TEST, each with one folder of pictures for each kind of cell. EPOCHS are 30 where not given.
# VGG16_WEIGHTS is a file with weights learned on ImageNet, or "imagenet" to fetch them; without it that part is left out,
# and so are the support vector regressors where the package e1071 is not installed.

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
  keras_model_sequential() %>%
    layer_conv_2d(filters = 32, kernel_size = c(3, 3), activation = "relu", input_shape = c(150, 150, 3)) %>%
    layer_max_pooling_2d(pool_size = c(2, 2)) %>%
    layer_conv_2d(filters = 32, kernel_size = c(3, 3), activation = "relu") %>%
    layer_max_pooling_2d(pool_size = c(2, 2)) %>%
    layer_conv_2d(filters = 64, kernel_size = c(3, 3), activation = "relu") %>%
    layer_max_pooling_2d(pool_size = c(2, 2)) %>%
    layer_conv_2d(filters = 128, kernel_size = c(3, 3), activation = "relu") %>%
    layer_max_pooling_2d(pool_size = c(2, 2)) %>%
    layer_flatten() %>%
    layer_dense(units = 64, activation = "relu") %>%
    layer_dropout(rate = 0.2) %>%
    layer_dense(units = 4, activation = "softmax")
}

deep_network <- function() {
  keras_model_sequential() %>%
    layer_conv_2d(filters = 32, kernel_size = c(3, 3), activation = "relu", input_shape = c(150, 150, 3)) %>%
    layer_max_pooling_2d(pool_size = c(2, 2)) %>%
    layer_conv_2d(filters = 64, kernel_size = c(3, 3), activation = "relu") %>%
    layer_max_pooling_2d(pool_size = c(2, 2)) %>%
    layer_conv_2d(filters = 64, kernel_size = c(3, 3), activation = "relu") %>%
    layer_max_pooling_2d(pool_size = c(2, 2)) %>%
    layer_conv_2d(filters = 128, kernel_size = c(3, 3), activation = "relu") %>%
    layer_max_pooling_2d(pool_size = c(2, 2)) %>%
    layer_conv_2d(filters = 128, kernel_size = c(3, 3), activation = "relu") %>%
    layer_max_pooling_2d(pool_size = c(2, 2)) %>%
    layer_flatten() %>%
    layer_dropout(rate = 0.4) %>%
    layer_dense(units = 512, activation = "relu") %>%
    layer_dense(units = 128, activation = "relu") %>%
    layer_dense(units = 4, activation = "softmax")
}

train <- function(model, data, optimizer) {
  model %>% compile(loss = "categorical_crossentropy", optimizer = optimizer, metrics = c("accuracy"))
  model %>%
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
add_result <- function(network, optimizer, loss, accuracy) {
  row <- data.frame(network, optimizer, loss, accuracy)
  print(row, row.names = FALSE)
  results <<- rbind(results, row)
}
add_evaluation <- function(network, optimizer, model) {
  found <- model %>% evaluate_generator(test_data)
  add_result(network, optimizer, found$loss, found$accuracy)
}
small <- list()
for (name in names(optimizers)) {
  set.seed(1)
  small[[name]] <- small_network()
  history <- train(small[[name]], train_data, optimizers[[name]]())
  ggplot2::ggsave(paste0("blood-cells-", tolower(name), ".png"), plot(history), width = 8, height = 4)
  add_evaluation("small", name, small[[name]])
}

# --- the deeper network on augmented pictures ------------------------------------------------------------------------

set.seed(1)
deep <- deep_network()
train(deep, augmented_data, optimizers$Adam())
add_evaluation("deep, augmented", "Adam", deep)
predictions <- augment(deep, test_data)
print(confusion_matrix(predictions))
save_model_hdf5(deep, "blood-cells-deep.h5")

# --- what the first layers of the deeper network see -----------------------------------------------------------------

picture <- generator_next(test_data)[[1]][1, , , , drop = FALSE]
seen_by <- keras_model(inputs = deep$input, outputs = lapply(deep$layers[1:4], function(layer) layer$output))
grDevices::png("blood-cells-maps.png", width = 1200, height = 600)
graphics::par(mfrow = c(4, 8), mar = rep(0.5, 4))
for (maps in predict(seen_by, picture)) {
  for (filter in 1:8) {
    map <- maps[1, , , filter]
    graphics::image(t(map[rev(seq_len(nrow(map))), ]), axes = FALSE, asp = 1, col = grDevices::hcl.colors(64))
  }
}
invisible(grDevices::dev.off())

# --- an ensemble: the mean of what the networks say ------------------------------------------------------------------

said <- lapply(c(small, list(deep)), function(model) predict_generator(model, test_data))
mean_said <- Reduce(`+`, said) / length(said)
truth <- test_data$classes + 1
loss <- -mean(log(mean_said[cbind(seq_along(truth), truth)]))
add_result("ensemble of the four", "", loss, mean(max.col(mean_said, "first") == truth))

# --- support vector regressors on what the deeper network finds, one for each kind of cell ---------------------------

if (requireNamespace("e1071", quietly = TRUE)) {
  found_by <- keras_model(inputs = deep$input, outputs = get_layer(deep, index = 14)$output)
  learned <- found_by %>% predict_generator(train_data)
  new <- found_by %>% predict_generator(test_data)
  targets <- to_categorical(train_data$classes)
  regressed <- apply(targets, 2, function(target) {
    predict(e1071::svm(learned, target, scale = FALSE, type = "eps-regression"), new)
  })
  add_result("deep, SVR on top", "Adam", NA, mean(max.col(regressed, "first") == truth))
}

# --- VGG16, its last block tuned -------------------------------------------------------------------------------------

if (length(arguments) > 2) {
  conv_base <- application_vgg16(weights = arguments[[3]], include_top = FALSE, input_shape = c(150, 150, 3))
  tuned <- keras_model_sequential() %>%
    conv_base %>%
    layer_flatten() %>%
    layer_dense(units = 256, activation = "relu") %>%
    layer_dense(units = 4, activation = "softmax")
  freeze_weights(conv_base)
  train(tuned, augmented_data, optimizer_rmsprop(lr = 2e-5))
  unfreeze_weights(conv_base, from = "block5_conv1")
  train(tuned, augmented_data, optimizer_rmsprop(lr = 1e-5))
  add_evaluation("VGG16, tuned", "RMSprop", tuned)
}

print(results, row.names = FALSE)
