# The same images, seed and weights give the same from R and from Python alone.

# Run Python without R, by the same engine.
python_alone <- function(code, ...) {
  script <- withr::local_tempfile(fileext = ".py", lines = code)
  log <- withr::local_tempfile()
  withr::local_envvar(PYTHONPATH = engine_folder())
  status <- system2(find_python()$path, shQuote(c(script, ...)), stdout = log, stderr = log)
  expect(status == 0, paste(readLines(log), collapse = "\n"))
}

test_that("both languages predict and score alike, to the last bit", {
  skip_if_not_ready()
  folder <- local_picture_folder(c(cat = 12, dog = 9))
  out <- withr::local_tempdir()

  python_alone(
    "
import sys
import numpy as np
import tidycnn as t
folder, out = sys.argv[1:]
images = t.split_images(t.image_table(folder, progress=False), seed=7)
model = t.cnn((16, 16, 3), 2, filters=4, kernel_size=3, units=8, seed=3)
classifier = t.fit_classifier(model, images, epochs=2, batch_size=4, progress=False, seed=5)
predictions = t.predict_images(classifier, images, progress=False)
scores = t.score_predictions(predictions, ['accuracy', 'log_loss'], seed=2)
with open(out + '/text.txt', 'w', encoding='utf-8') as file:
    for values in (predictions.columns, classifier.levels, predictions['.pred_class'].cat.categories,
                   predictions['path'], predictions['split'], predictions['.pred_class'],
                   scores.columns, scores['.metric'], scores['.method']):
        file.write('\\t'.join(map(str, values)) + '\\n')
numbers = [predictions['.pred_cat'], predictions['.pred_dog'], classifier.history['value'],
           scores['.estimate'], scores['.lower'], scores['.upper']]
np.concatenate([np.asarray(values, dtype='float64') for values in numbers]).tofile(out + '/numbers.bin')
",
    folder,
    out
  )

  quietly <- function(expr) suppressMessages(suppressWarnings(expr))
  images <- quietly(split_images(image_table(folder, progress = FALSE), seed = 7))
  model <- cnn(c(16, 16, 3), 2, filters = 4, kernel_size = 3, units = 8, seed = 3)
  classifier <- quietly(fit_classifier(model, images, epochs = 2, batch_size = 4, progress = FALSE, seed = 5))
  predictions <- quietly(predict_images(classifier, images, progress = FALSE))
  scores <- quietly(score_predictions(predictions, c("accuracy", "log_loss"), seed = 2))

  texts <- list(
    names(predictions),
    classifier$levels,
    levels(predictions$.pred_class),
    predictions$path,
    as.character(predictions$split),
    as.character(predictions$.pred_class),
    names(scores),
    scores$.metric,
    scores$.method
  )
  in_python <- strsplit(readLines(file.path(out, "text.txt"), encoding = "UTF-8"), "\t", fixed = TRUE)
  expect_identical(texts, in_python)

  numbers <- c(
    predictions$.pred_cat,
    predictions$.pred_dog,
    classifier$history$value,
    scores$.estimate,
    scores$.lower,
    scores$.upper
  )
  in_python <- readBin(file.path(out, "numbers.bin"), "double", length(numbers) + 1)
  expect_identical(numbers, in_python)
})
