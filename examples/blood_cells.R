# White blood cells: four kinds, told apart by a small network.
#
#   Rscript examples/blood_cells.R FOLDER
#
# FOLDER holds TRAIN, TEST and TEST_SIMPLE, each with one folder of pictures for each kind of cell.

library(tidycnn)
library(ggplot2)

folder <- commandArgs(TRUE)[[1]]

images <- image_table(folder, splits = c(train = "TRAIN", test = "TEST", test_simple = "TEST_SIMPLE"))
ggsave("blood-cells-counts.png", autoplot(class_counts(images)), width = 8, height = 4)

classifier <- fit_classifier(
  blood_cells_small(classes = 4, seed = 1),
  images,
  validation = 0.15,
  epochs = 10,
  patience = 3,
  seed = 1
)
save_classifier(classifier, "blood-cells-classifier", overwrite = TRUE)
ggsave("blood-cells-history.png", autoplot(classifier), width = 8, height = 4)

# The set is made of many augmented copies of few photographs. The share of TRAIN that validates holds copies of what
# was learned from, and an interval over the images of TEST takes copies for independent: both flatter. TEST_SIMPLE has
# the photographs themselves.
for (split in c("test", "test_simple")) {
  predictions <- predict_images(classifier, images[which(images$split == split), ])
  cat("\n", split, "\n", sep = "")
  print(score_predictions(predictions, metrics = c("accuracy", "balanced_accuracy"), seed = 1))
}
ggsave("blood-cells-confusion.png", autoplot(confusion_matrix(predictions)), width = 8, height = 5)
