# White blood cells: four kinds, told apart by a small network, in tidy frames. (`blood_cells_2018.R` is in the words of 2018.)
#
#   Rscript examples/blood_cells.R FOLDER [GROUPS.csv]
#
# FOLDER holds TRAIN, TEST and TEST_SIMPLE, each with one folder of pictures for each kind of cell. GROUPS.csv says in
# the columns `path` (below FOLDER) and `photo` which pictures are copies of one photograph, where that is known.

library(tidycnn)
library(ggplot2)

arguments <- commandArgs(TRUE)
folder <- arguments[[1]]

images <- image_table(folder, splits = c(train = "TRAIN", test = "TEST", test_simple = "TEST_SIMPLE"))
ggsave("blood-cells-counts.png", autoplot(class_counts(images)), width = 8, height = 4)

# The pictures are augmented copies of few photographs. A share of TRAIN would hold copies of what was learned from, so
# none is set apart: the number of epochs is chosen beforehand.
classifier <- fit_classifier(
  blood_cells_small(c(120, 160, 3), classes = 4, seed = 1),
  images[which(images$split == "train"), ],
  generator = image_data_generator(
    rescale = 1 / 255,
    horizontal_flip = TRUE,
    vertical_flip = TRUE,
    rotation_range = 20,
    samplewise_center = TRUE,
    samplewise_std_normalization = TRUE
  ),
  batch_size = 50,
  epochs = 10,
  seed = 1
)
save_classifier(classifier, "blood-cells-classifier", overwrite = TRUE)
ggsave("blood-cells-history.png", autoplot(classifier), width = 8, height = 4)
print(glance(classifier))

show_accuracy <- function(title, predictions) {
  cat("\n", title, "\n", sep = "")
  print(score_predictions(predictions, metrics = c("accuracy", "balanced_accuracy"), seed = 1))
}

test <- predict_images(classifier, images[which(images$split == "test"), ])
simple <- predict_images(classifier, images[which(images$split == "test_simple"), ])
show_accuracy("TEST, pictures taken for independent (the interval is too narrow)", test)
if (length(arguments) > 1) {
  groups <- read.csv(arguments[[2]])
  test$group <- groups$photo[match(test$path, file.path(folder, groups$path))]
  show_accuracy("TEST, pictures whose photograph is known, by photograph", test)
}
show_accuracy("TEST_SIMPLE, one picture a photograph", simple)
ggsave("blood-cells-confusion.png", autoplot(confusion_matrix(simple)), width = 7, height = 5)
