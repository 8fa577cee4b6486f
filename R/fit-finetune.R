#' Say what a stage of a fine-tuning trains, and how
#'
#' @param unfreeze How much of the base learns: nothing, only the head, where not given; the last so many blocks; the name
#'   of the block from which on it learns, such as `"block5"`; or `"all"`. Batch normalisation of the base never learns.
#' @param optimizer The name of a Keras optimizer; or named values of `name` and its settings, such as
#'   `list(name = "sgd", momentum = 0.9)`.
#' @param learning_rate The learning rate; where not given 0.001 for the head alone, else 0.00001.
#' @param epochs How many epochs at most.
#' @param patience Stop after that many epochs without a lower loss, and keep the weights of the best epoch.
#' @param rate_decay What the learning rate is multiplied by from each block to the one before it, the head being the
#'   last: below 1 the early blocks, which see what all images have, change less.
#' @returns One of the `stages` of [fine_tune()].
#' @examplesIf tidycnn_ready()
#' tune_stage("block5", learning_rate = 1e-5)
#' @family fit
#' @export
tune_stage <- function(
  unfreeze = NULL,
  optimizer = "rmsprop",
  learning_rate = NULL,
  epochs = 6,
  patience = NULL,
  rate_decay = 1
) {
  call_py("tune_stage")
}

#' Train a network that knows other images on these
#'
#' A head is put upon the base and trained while the base is frozen; in further stages parts of the base learn too, at a
#' low rate. What the frozen layers give for an image is computed once and kept, and an epoch runs through the rest alone.
#' Base and head stay as they are: copies are trained.
#'
#' Without augmentation the head learns what it would learn with the base in front of it, but for the last bits of its
#' numbers. Layers such as dropout drop nothing in front of frozen weights.
#'
#' @param base A Keras model without its last layers, with weights that were learned on other images.
#' @param images A frame of images, a folder with one subfolder per class, or a flow, as [fit_classifier()] takes them.
#' @param head The layers behind the base, as a Keras model, mostly a sequential one without an input shape, that ends with
#'   one unit per label. Where not given, the mean of each map, dropout of 0.2, and a softmax layer.
#' @param stages What is trained one after the other, each as [tune_stage()] says: where `NULL` the head, then the last block
#'   of the base too. Several with more and more blocks unfreeze it gradually.
#' @param validation A frame, a folder, a flow, or the share of the training images to set apart.
#' @param generator How images are augmented and scaled; validation images are only scaled. Where `NULL`, grey levels are
#'   divided by 255, unless the base scales them itself.
#' @param augment_passes Of augmented images so many passes are kept of what the frozen layers give, and come again in
#'   turn; more of them cost more time in front of a stage. 0 keeps nothing: the frozen layers run at each step.
#' @param target_size Height and width of the images; the base's where not given.
#' @param exif Whether pictures are turned as their EXIF data say; a flow has its own.
#' @param batch_size How many images one step sees; a flow has its own.
#' @param steps_per_epoch How many batches one epoch has, rounded down; as many as show every image once where not given.
#' @param loss The name of a Keras loss; chosen from the last layer where not given.
#' @param metrics The names of Keras metrics.
#' @param class_weight `"balanced"`, or how much an image counts by its label.
#' @param folder Where the stages keep themselves. The same call goes on from there, whatever ended it and in whichever
#'   stage, to the same end; further stages may be added.
#' @param overwrite Whether to begin again where `folder` has stages.
#' @param control How the fits run, as [fit_control()] gives; with `background` all stages are one job.
#' @param progress Whether to show how far it has come, and to try before the first stage, on a few batches, how long each
#'   takes.
#' @param seed Makes it repeatable: weights of a head that has none, order and augmentation of images, and layers such as
#'   dropout. Without it, it is drawn from R's own stream.
#' @returns A classifier, whose `$history` and `$stages` tell of all stages; [autoplot()] draws them. With
#'   `fit_control(background = TRUE)` a job at once, of which [job_status()] tells the stage and [job_result()] gives the
#'   classifier.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 8, size = 32, seed = 1)
#' base <- keras_model_sequential() |>
#'   layer_conv_2d(8, 3, activation = "relu", input_shape = c(32, 32, 3)) |>
#'   layer_max_pooling_2d()
#' classifier <- fine_tune(base, images, stages = tune_stage(epochs = 1), seed = 1)
#' classifier$history
#' unlink(folder, recursive = TRUE)
#' @family fit
#' @export
fine_tune <- function(
  base,
  images,
  head = NULL,
  stages = NULL,
  validation = NULL,
  generator = NULL,
  augment_passes = 3,
  target_size = NULL,
  exif = TRUE,
  batch_size = 32,
  steps_per_epoch = NULL,
  loss = NULL,
  metrics = "accuracy",
  class_weight = NULL,
  folder = NULL,
  overwrite = FALSE,
  control = fit_control(),
  progress = TRUE,
  seed = NULL
) {
  call_py("fine_tune")
}
