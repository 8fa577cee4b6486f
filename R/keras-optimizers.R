# Optimizers, losses and regularisers of Keras in the words of 2018.

#' Optimizers of Keras
#'
#' `lr` is `learning_rate` by its name of 2018. `decay` means what it meant then: step n of a training learns at the rate
#' `learning_rate / (1 + decay * n)`. Keras 3 takes it and ignores it.
#'
#' @param learning_rate,lr The step of the gradient's descent: a number, or a schedule such as
#'   [learning_rate_schedule_cosine_decay()] gives.
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

#' Learning rates that fall by themselves
#'
#' As `learning_rate` of an optimizer: Keras computes the rate of each step from the number of steps so far. Callbacks
#' cannot change such a rate, and `decay` does not go with it; `schedule` of [fit_classifier()] has neither limit.
#'
#' @param initial_learning_rate,end_learning_rate The first rate, and the last.
#' @param decay_steps,first_decay_steps Within how many steps the rate falls (for the first time).
#' @param decay_rate What the rate is multiplied by within `decay_steps`, or how fast it falls.
#' @param alpha The least rate, as a share of the first.
#' @param warmup_target,warmup_steps Up to which rate it rises before, and within how many steps.
#' @param t_mul,m_mul What the steps of each further fall, and the rate that it begins with, are multiplied by.
#' @param staircase Whether the rate falls in whole steps of `decay_steps`.
#' @param boundaries,values Numbers of steps, and the rate up to each and behind the last: one more.
#' @param power The power of the polynomial; 1 is a straight line.
#' @param cycle Whether the rate rises again behind `decay_steps`.
#' @param name What Keras calls it.
#' @returns A schedule, for `learning_rate`.
#' @examplesIf tidycnn_ready()
#' steps <- 20 # of an epoch
#' schedule <- learning_rate_schedule_piecewise_constant_decay(
#'   boundaries = c(80, 120, 160, 180) * steps,
#'   values = 1e-3 * c(1, 1e-1, 1e-2, 1e-3, 5e-4)
#' )
#' optimizer_adam(schedule)
#' @family Keras floor
#' @name learning_rate_schedule
NULL

#' @rdname learning_rate_schedule
#' @export
learning_rate_schedule_cosine_decay <- function(
  initial_learning_rate,
  decay_steps,
  alpha = 0,
  name = "CosineDecay",
  warmup_target = NULL,
  warmup_steps = 0
) {
  call_schedule("CosineDecay")
}

#' @rdname learning_rate_schedule
#' @export
learning_rate_schedule_cosine_decay_restarts <- function(
  initial_learning_rate,
  first_decay_steps,
  t_mul = 2,
  m_mul = 1,
  alpha = 0,
  name = "SGDRDecay"
) {
  call_schedule("CosineDecayRestarts")
}

#' @rdname learning_rate_schedule
#' @export
learning_rate_schedule_exponential_decay <- function(
  initial_learning_rate,
  decay_steps,
  decay_rate,
  staircase = FALSE,
  name = "ExponentialDecay"
) {
  call_schedule("ExponentialDecay")
}

#' @rdname learning_rate_schedule
#' @export
learning_rate_schedule_inverse_time_decay <- function(
  initial_learning_rate,
  decay_steps,
  decay_rate,
  staircase = FALSE,
  name = "InverseTimeDecay"
) {
  call_schedule("InverseTimeDecay")
}

#' @rdname learning_rate_schedule
#' @export
learning_rate_schedule_piecewise_constant_decay <- function(boundaries, values, name = "PiecewiseConstant") {
  call_schedule("PiecewiseConstantDecay")
}

#' @rdname learning_rate_schedule
#' @export
learning_rate_schedule_polynomial_decay <- function(
  initial_learning_rate,
  decay_steps,
  end_learning_rate = 0.0001,
  power = 1,
  cycle = FALSE,
  name = "PolynomialDecay"
) {
  call_schedule("PolynomialDecay")
}

call_schedule <- function(name) {
  frame <- parent.frame()
  given <- given_arguments(sys.function(sys.parent()), frame)
  call_engine("make_schedule", list(name = name, arguments = given), "keras_floor.calls", frame)
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
