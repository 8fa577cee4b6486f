# The recipe of the blood cells of 2018 (30 epochs of 200 steps of 50 pictures, RMSprop) as a job, which is killed twice
# and goes on: how long it takes, whose authors waited four hours. TIDYCNN_DATA names the folder of the real images; the
# first argument is the precision (float32 where not given), the second how many epochs (30).

suppressPackageStartupMessages(library(tidycnn))

arguments <- commandArgs(TRUE)
precision <- if (length(arguments) > 0) arguments[[1]] else "float32"
epochs <- if (length(arguments) > 1) as.integer(arguments[[2]]) else 30L
data <- Sys.getenv("TIDYCNN_DATA")
if (!nzchar(data)) {
  cat("Left out: TIDYCNN_DATA names no folder of real images.\n")
  quit(status = 0)
}

tell <- function(...) cat(format(Sys.time(), "%H:%M:%S"), ..., "\n")
wait_for <- function(job, epoch) {
  repeat {
    status <- job_status(job)
    if (status$status != "running" || (!is.na(status$epoch) && status$epoch >= epoch)) {
      return(status)
    }
    Sys.sleep(5)
  }
}

folder <- tempfile("recipe-")
images <- image_table(file.path(data, "blood-cells"), progress = FALSE)
generator <- image_data_generator(
  rescale = 1 / 255,
  rotation_range = 10,
  width_shift_range = 0.3,
  height_shift_range = 0.3,
  shear_range = 0.3,
  zoom_range = 0.2,
  horizontal_flip = TRUE,
  fill_mode = "nearest"
)
begun <- Sys.time()
job <- fit_classifier(
  blood_cells_deep(c(150, 150, 3), seed = 1),
  images[images$split == "train", ],
  generator = generator,
  batch_size = 50,
  steps_per_epoch = 200,
  epochs = epochs,
  optimizer = "rmsprop",
  folder = folder,
  control = fit_control(background = TRUE, precision = precision),
  progress = FALSE,
  seed = 1
)
tell("started")
for (epoch in round(epochs * c(1 / 3, 2 / 3))) {
  wait_for(job, epoch)
  Sys.sleep(runif(1, 0, 20))
  process <- jsonlite::fromJSON(file.path(job$folder, "job", "state.json"))$process
  tools::pskill(process, tools::SIGKILL)
  Sys.sleep(3)
  status <- job_status(job)
  tell("epoch", status$epoch, status$status, "-", status$message)
  job <- job_resume(job)
}
job <- job_wait(job, progress = FALSE)
status <- job_status(job)
minutes <- as.numeric(difftime(Sys.time(), begun, units = "mins"))
tell(status$status, "after", round(minutes, 1), "minutes;", status$message)

classifier <- job_result(job)
for (split in c("test", "test_simple")) {
  predictions <- predict_images(classifier, images[images$split == split, ], progress = FALSE)
  scores <- score_predictions(predictions, metrics = "accuracy", seed = 1)
  tell(split, sprintf("%.3f (%.3f to %.3f) of %d", scores$.estimate, scores$.lower, scores$.upper, scores$.n))
}
print(utils::tail(classifier$history, 4))
unlink(folder, recursive = TRUE)
