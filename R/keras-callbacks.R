# Callbacks of Keras for the fits of the Keras floor, and for the `callbacks` of fit_classifier().

#' Callbacks of Keras
#'
#' What happens around the epochs of a training. In [fit_generator()] and its kin a `monitor` that is called `"val_acc"`
#' finds `val_accuracy`. Files that could not be written are refused when the callback is made, and when a training begins.
#'
#' With `callback_backup_and_restore()` the same call of [fit_generator()] or [fit()][fit.tidycnn_model] goes on from there,
#' whatever ended it, to the same end as if nothing had: weights, optimizer, learning rate, Dropout, order and augmentation
#' of the images, callbacks and history. Other data, or another flow, is refused. Flows without a `seed` go on with that
#' of the training which is there. What an R function remembers (a generator, or one of `callback_lambda()`) begins anew.
#' [fit_classifier()] has a `folder` for this.
#'
#' @param monitor The metric that is watched, such as `"val_loss"`.
#' @param min_delta,patience,mode,baseline,restore_best_weights What counts as better, how many epochs without it are
#'   borne, whether less or more is better, what must be beaten, and whether the best weights are gone back to.
#' @param verbose 1 to print what the callback does.
#' @param factor,cooldown,min_lr What the learning rate is multiplied by, how many epochs are waited then, and its least.
#' @param filepath The file that the model is written to (`.h5`, `.hdf5` or `.keras`; weights go to `.weights.h5`); may hold
#'   `{epoch}` and the names of metrics.
#' @param save_best_only,save_weights_only Whether only a better model is written, and only its weights.
#' @param period,save_freq After how many epochs the model is written, or, as a number of batches, `save_freq`. A backup
#'   is written behind each epoch (`"epoch"`), or every so many batches, and where the training is asked to end.
#' @param filename,separator,append The file that metrics are written to, what stands between them, and whether to go on
#'   with what is there.
#' @param backup_dir The folder of this training alone.
#' @param double_checkpoint Taken as in keras3, and without effect: the one before the last checkpoint is always kept.
#' @param delete_checkpoint Whether the checkpoints are removed where the training comes to its end. Where they are kept,
#'   the same call gives its history at once, and one with more `epochs` goes on.
#' @param log_dir The folder that `tensorboard --logdir` shows; the Python package tensorboard must be there.
#' @param histogram_freq,write_graph,write_images,write_steps_per_second,update_freq,profile_batch,embeddings_freq,embeddings_metadata
#'   What is written, and how often, as Keras has it.
#' @param schedule An R function of the epoch, from 0, and the rate, or of the epoch alone, that gives the learning rate.
#' @param on_epoch_begin,on_epoch_end,on_batch_begin,on_batch_end,on_train_begin,on_train_end R functions: of the epoch
#'   or batch, from 0, and of the list of metrics; the last two of the metrics alone.
#' @returns A callback.
#' @examplesIf tidycnn_ready()
#' callbacks <- list(
#'   callback_early_stopping(monitor = "val_loss", patience = 3),
#'   callback_lambda(on_epoch_end = function(epoch, logs) {
#'     message("epoch ", epoch + 1, ": ", signif(logs$loss, 3))
#'   })
#' )
#' @family Keras floor
#' @name keras-callbacks
NULL

#' @rdname keras-callbacks
#' @export
callback_early_stopping <- function(
  monitor = "val_loss",
  min_delta = 0,
  patience = 0,
  verbose = 0,
  mode = "auto",
  baseline = NULL,
  restore_best_weights = FALSE
) {
  call_keras("callbacks.EarlyStopping")
}

#' @rdname keras-callbacks
#' @export
callback_reduce_lr_on_plateau <- function(
  monitor = "val_loss",
  factor = 0.1,
  patience = 10,
  verbose = 0,
  mode = "auto",
  min_delta = 0.0001,
  cooldown = 0,
  min_lr = 0
) {
  call_keras("callbacks.ReduceLROnPlateau")
}

#' @rdname keras-callbacks
#' @export
callback_model_checkpoint <- function(
  filepath,
  monitor = "val_loss",
  verbose = 0,
  save_best_only = FALSE,
  save_weights_only = FALSE,
  mode = "auto",
  period = 1,
  save_freq = "epoch"
) {
  given <- given_arguments(sys.function(), environment())
  own <- c("filepath", "period", "save_weights_only")
  options <- given[setdiff(names(given), own)]
  call_engine("make_checkpoint", c(given[own], list(options = options)), "keras_floor.callbacks", environment())
}

#' @rdname keras-callbacks
#' @export
callback_backup_and_restore <- function(
  backup_dir,
  save_freq = "epoch",
  double_checkpoint = FALSE,
  delete_checkpoint = TRUE
) {
  call_py("make_backup", module = "keras_floor.callbacks")
}

#' @rdname keras-callbacks
#' @export
callback_csv_logger <- function(filename, separator = ",", append = FALSE) {
  call_py("make_csv_logger", module = "keras_floor.callbacks")
}

#' @rdname keras-callbacks
#' @export
callback_learning_rate_scheduler <- function(schedule) {
  check_function(given_arguments(sys.function(), environment())$schedule, "schedule", environment())
  takes_rate <- length(formals(args(schedule))) > 1
  call_keras(
    "callbacks.LearningRateScheduler",
    list(schedule = function(epoch, rate) as.double(if (takes_rate) schedule(epoch, rate) else schedule(epoch)))
  )
}

#' @rdname keras-callbacks
#' @export
callback_tensorboard <- function(
  log_dir = "logs",
  histogram_freq = 0,
  write_graph = TRUE,
  write_images = FALSE,
  write_steps_per_second = FALSE,
  update_freq = "epoch",
  profile_batch = 0,
  embeddings_freq = 0,
  embeddings_metadata = NULL
) {
  given <- given_arguments(sys.function(), environment())
  options <- given[setdiff(names(given), "log_dir")]
  call_engine("make_tensorboard", list(log_dir = log_dir, options = options), "keras_floor.callbacks", environment())
}

#' @rdname keras-callbacks
#' @export
callback_terminate_on_naan <- function() {
  call_keras("callbacks.TerminateOnNaN")
}

#' @rdname keras-callbacks
#' @export
callback_terminate_on_nan <- function() {
  call_keras("callbacks.TerminateOnNaN")
}

#' @rdname keras-callbacks
#' @export
callback_lambda <- function(
  on_epoch_begin = NULL,
  on_epoch_end = NULL,
  on_batch_begin = NULL,
  on_batch_end = NULL,
  on_train_begin = NULL,
  on_train_end = NULL
) {
  given <- list(
    on_epoch_begin = on_epoch_begin,
    on_epoch_end = on_epoch_end,
    on_train_batch_begin = on_batch_begin,
    on_train_batch_end = on_batch_end,
    on_train_begin = on_train_begin,
    on_train_end = on_train_end
  )
  given <- Filter(Negate(is.null), given)
  for (name in names(given)) {
    check_function(given[[name]], sub("train_batch", "batch", name), environment())
  }
  call_keras("callbacks.LambdaCallback", given)
}

check_function <- function(value, name, call) {
  if (!is.function(value)) {
    abort_input("`%s` must be a function, not %s.", name, describe(value), call = call)
  }
}
