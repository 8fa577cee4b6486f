# Optimizers, losses and regularisers of Keras in the words of 2018.

#' Optimizers of Keras
#'
#' `lr` is `learning_rate` by its name of 2018. `decay` means what it meant then: step n of a training learns at the rate
#' `learning_rate / (1 + decay * n)`. Keras 3 takes it and ignores it.
#'
#' @param learning_rate,lr The step of the gradient's descent.
#' @param rho,momentum,beta_1,beta_2,epsilon,nesterov,amsgrad As the authors of the rules call them; Keras's own
#'   where `NULL`.
#' @param decay How fast the learning rate falls.
#' @param schedule_decay Of Nadam; Keras has its value of 2018 built in and takes no other.
#' @param clipnorm,clipvalue Greatest norm of each gradient, and greatest value.
#' @returns An optimizer for [compile()][compile.tidycnn_model].
#' @examplesIf tidycnn_ready()
#' optimizer_adam(lr = 0.0001, decay = 1e-6)
#' @family Keras floor
#' @name keras-optimizers
NULL

#' @rdname keras-optimizers
#' @export
optimizer_rmsprop <- function(
  learning_rate = 0.001,
  rho = 0.9,
  epsilon = NULL,
  decay = 0,
  clipnorm = NULL,
  clipvalue = NULL,
  lr = NULL
) {
  call_optimizer("optimizers.RMSprop")
}

#' @rdname keras-optimizers
#' @export
optimizer_adam <- function(
  learning_rate = 0.001,
  beta_1 = 0.9,
  beta_2 = 0.999,
  epsilon = NULL,
  decay = 0,
  amsgrad = FALSE,
  clipnorm = NULL,
  clipvalue = NULL,
  lr = NULL
) {
  call_optimizer("optimizers.Adam")
}

#' @rdname keras-optimizers
#' @export
optimizer_sgd <- function(
  learning_rate = 0.01,
  momentum = 0,
  decay = 0,
  nesterov = FALSE,
  clipnorm = NULL,
  clipvalue = NULL,
  lr = NULL
) {
  call_optimizer("optimizers.SGD")
}

#' @rdname keras-optimizers
#' @export
optimizer_adagrad <- function(
  learning_rate = 0.01,
  epsilon = NULL,
  decay = 0,
  clipnorm = NULL,
  clipvalue = NULL,
  lr = NULL
) {
  call_optimizer("optimizers.Adagrad")
}

#' @rdname keras-optimizers
#' @export
optimizer_adadelta <- function(
  learning_rate = 1,
  rho = 0.95,
  epsilon = NULL,
  decay = 0,
  clipnorm = NULL,
  clipvalue = NULL,
  lr = NULL
) {
  call_optimizer("optimizers.Adadelta")
}

#' @rdname keras-optimizers
#' @export
optimizer_adamax <- function(
  learning_rate = 0.002,
  beta_1 = 0.9,
  beta_2 = 0.999,
  epsilon = NULL,
  decay = 0,
  clipnorm = NULL,
  clipvalue = NULL,
  lr = NULL
) {
  call_optimizer("optimizers.Adamax")
}

#' @rdname keras-optimizers
#' @export
optimizer_nadam <- function(
  learning_rate = 0.002,
  beta_1 = 0.9,
  beta_2 = 0.999,
  epsilon = NULL,
  schedule_decay = 0.004,
  clipnorm = NULL,
  clipvalue = NULL,
  lr = NULL
) {
  if (!identical(as.numeric(schedule_decay), 0.004)) {
    abort_input("`schedule_decay` must be 0.004, the value that Keras has built in.", call = environment())
  }
  arguments <- given_arguments(sys.function(), environment())
  arguments$schedule_decay <- NULL
  call_engine("make_optimizer", list(target = "optimizers.Nadam", arguments = arguments), "keras_floor.calls")
}

call_optimizer <- function(target) {
  frame <- parent.frame()
  given <- given_arguments(sys.function(sys.parent()), frame)
  call_engine("make_optimizer", list(target = target, arguments = given), "keras_floor.calls", frame)
}

#' Losses of Keras
#'
#' As `loss` of [compile()][compile.tidycnn_model] and of [fit_classifier()] a function stands for Keras's own, and its name
#' does the same: `loss = "categorical_crossentropy"`.
#'
#' @param y_true What is right: the columns of [to_categorical()], one column of 0 and 1, or positions from 0 (`sparse`).
#' @param y_pred Probabilities, one row a picture.
#' @returns A tensor with the loss of each picture.
#' @examplesIf tidycnn_ready()
#' loss_categorical_crossentropy(to_categorical(c(0, 1)), matrix(c(0.9, 0.2, 0.1, 0.8), 2))
#' @family Keras floor
#' @name keras-losses
NULL

loss_of_keras <- function(name) {
  force(name)
  structure(
    function(y_true, y_pred) {
      call_keras(paste0("losses.", name), list(y_true = as_data(y_true), y_pred = as_data(y_pred)))
    },
    python_name = name
  )
}

# Several numbers are data here, and no setting.
as_data <- function(x) {
  if (is.atomic(x)) as.array(x) else x
}

#' @rdname keras-losses
#' @usage loss_categorical_crossentropy(y_true, y_pred)
#' @format NULL
#' @export
loss_categorical_crossentropy <- loss_of_keras("categorical_crossentropy")

#' @rdname keras-losses
#' @usage loss_binary_crossentropy(y_true, y_pred)
#' @format NULL
#' @export
loss_binary_crossentropy <- loss_of_keras("binary_crossentropy")

#' @rdname keras-losses
#' @usage loss_sparse_categorical_crossentropy(y_true, y_pred)
#' @format NULL
#' @export
loss_sparse_categorical_crossentropy <- loss_of_keras("sparse_categorical_crossentropy")

#' @rdname keras-losses
#' @usage loss_mean_squared_error(y_true, y_pred)
#' @format NULL
#' @export
loss_mean_squared_error <- loss_of_keras("mean_squared_error")

#' @rdname keras-losses
#' @usage loss_mean_absolute_error(y_true, y_pred)
#' @format NULL
#' @export
loss_mean_absolute_error <- loss_of_keras("mean_absolute_error")

#' Penalties on large weights
#'
#' @param l,l1,l2 The factor of the sum of absolute values or of squares.
#' @returns A regulariser for the layers.
#' @examplesIf tidycnn_ready()
#' layer_dense(units = 8, kernel_regularizer = regularizer_l2(0.001))
#' @family Keras floor
#' @name keras-regularizers
NULL

#' @rdname keras-regularizers
#' @export
regularizer_l1 <- function(l = 0.01) {
  call_keras("regularizers.L1", list(l1 = l))
}

#' @rdname keras-regularizers
#' @export
regularizer_l2 <- function(l = 0.01) {
  call_keras("regularizers.L2", list(l2 = l))
}

#' @rdname keras-regularizers
#' @export
regularizer_l1_l2 <- function(l1 = 0.01, l2 = 0.01) {
  call_keras("regularizers.L1L2")
}
