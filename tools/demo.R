# From pictures to honest scores, in R: drawn blood cells, or the folder given. Results and plots go to demo/.

library(tidycnn)
library(ggplot2)

folder <- commandArgs(TRUE)
if (length(folder) == 0) {
  make_blood_cells("demo/cells", n = c(train = 400, test = 200), size = 96, seed = 1)
  folder <- "demo/cells"
}

images <- image_table(folder)
if (!any(images$split %in% "test")) {
  images <- split_images(images, seed = 1)
}
write.csv(images, "demo/images.csv", row.names = FALSE, na = "")
counts <- class_counts(images)
print(counts)
ggsave("demo/counts-r.png", autoplot(counts), width = 8, height = 4, dpi = 120)

classifier <- fit_classifier(
  blood_cells_small(c(96, 96, 3), classes = nlevels(images$label), seed = 1),
  images,
  validation = if (any(images$split %in% "validation")) NULL else 0.15,
  generator = image_data_generator(rescale = 1 / 255, horizontal_flip = TRUE, vertical_flip = TRUE),
  batch_size = 8,
  epochs = 20,
  patience = 6,
  seed = 1
)
print(glance(classifier))
save_classifier(classifier, "demo/classifier", overwrite = TRUE)
ggsave("demo/history-r.png", autoplot(classifier), width = 8, height = 4, dpi = 120)

predictions <- predict_images(classifier, images[images$split %in% "test", ])
scores <- score_predictions(predictions, seed = 1)
print(scores, n = 30)
write.csv(predictions, "demo/predictions-r.csv", row.names = FALSE)
write.csv(scores, "demo/scores-r.csv", row.names = FALSE)
ggsave("demo/confusion-r.png", autoplot(confusion_matrix(predictions)), width = 8, height = 5, dpi = 120)
