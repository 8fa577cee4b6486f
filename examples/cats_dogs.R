# Cats and dogs: two classes, by one sigmoid unit and by two softmax units, which give the same frame of predictions.
#
#   Rscript examples/cats_dogs.R FOLDER
#
# FOLDER holds train and test, each with one folder of pictures for cats and one for dogs.

library(tidycnn)
library(ggplot2)

folder <- commandArgs(TRUE)[[1]]
images <- image_table(folder)
generator <- image_data_generator(
  rescale = 1 / 255,
  horizontal_flip = TRUE,
  rotation_range = 15,
  zoom_range = 0.2,
  samplewise_center = TRUE,
  samplewise_std_normalization = TRUE
)

for (head in c("sigmoid", "softmax")) {
  classifier <- fit_classifier(
    cnn(c(128, 128, 3), classes = 2, dropout = 0.2, head = head, seed = 1),
    images,
    validation = 0.2,
    generator = generator,
    epochs = 15,
    patience = 15,
    seed = 1
  )
  predictions <- predict_images(classifier, images[which(images$split == "test"), ])
  cat("\n", head, "\n", sep = "")
  print(predictions[1:3, c("path", "label", ".pred_class", ".pred_cats", ".pred_dogs")])
  print(score_predictions(predictions, metrics = c("accuracy", "log_loss"), seed = 1))
}
ggsave("cats-dogs-confusion.png", autoplot(confusion_matrix(predictions)), width = 8, height = 5)
