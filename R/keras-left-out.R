# What keras for R had and tidycnn has not: refused by name, and handed on where keras3 is attached.

LEFT_OUT <- c(
  "backend",
  "bidirectional",
  "callback_progbar_logger",
  "callback_remote_monitor",
  "clone_model",
  "constraint_maxnorm",
  "constraint_nonneg",
  "constraint_unitnorm",
  "create_layer",
  "custom_metric",
  "dataset_boston_housing",
  "dataset_cifar10",
  "dataset_cifar100",
  "dataset_fashion_mnist",
  "dataset_imdb",
  "dataset_imdb_word_index",
  "dataset_mnist",
  "dataset_reuters",
  "export_savedmodel",
  "fit_text_tokenizer",
  "get_weights",
  "image_dataset_from_directory",
  "imagenet_decode_predictions",
  "initializer_constant",
  "initializer_glorot_normal",
  "initializer_glorot_uniform",
  "initializer_he_normal",
  "initializer_he_uniform",
  "initializer_lecun_normal",
  "initializer_lecun_uniform",
  "initializer_ones",
  "initializer_orthogonal",
  "initializer_random_normal",
  "initializer_random_uniform",
  "initializer_truncated_normal",
  "initializer_variance_scaling",
  "initializer_zeros",
  "install_keras",
  "is_keras_available",
  "k_argmax",
  "k_constant",
  "k_function",
  "k_get_value",
  "k_gradients",
  "k_mean",
  "k_sqrt",
  "k_square",
  "keras_model_custom",
  "layer_activation_thresholded_relu",
  "layer_activity_regularization",
  "layer_alpha_dropout",
  "layer_attention",
  "layer_average",
  "layer_average_pooling_1d",
  "layer_average_pooling_3d",
  "layer_bidirectional",
  "layer_conv_1d",
  "layer_conv_2d_transpose",
  "layer_conv_3d",
  "layer_conv_3d_transpose",
  "layer_conv_lstm_2d",
  "layer_cropping_1d",
  "layer_cropping_2d",
  "layer_cropping_3d",
  "layer_cudnn_gru",
  "layer_cudnn_lstm",
  "layer_depthwise_conv_2d",
  "layer_dot",
  "layer_embedding",
  "layer_gaussian_dropout",
  "layer_gaussian_noise",
  "layer_global_average_pooling_1d",
  "layer_global_average_pooling_3d",
  "layer_global_max_pooling_1d",
  "layer_global_max_pooling_3d",
  "layer_gru",
  "layer_layer_normalization",
  "layer_locally_connected_1d",
  "layer_locally_connected_2d",
  "layer_lstm",
  "layer_masking",
  "layer_max_pooling_1d",
  "layer_max_pooling_3d",
  "layer_maximum",
  "layer_multiply",
  "layer_permute",
  "layer_random_flip",
  "layer_random_rotation",
  "layer_random_zoom",
  "layer_repeat_vector",
  "layer_reshape",
  "layer_resizing",
  "layer_separable_conv_1d",
  "layer_simple_rnn",
  "layer_spatial_dropout_1d",
  "layer_spatial_dropout_2d",
  "layer_spatial_dropout_3d",
  "layer_subtract",
  "layer_text_vectorization",
  "layer_upsampling_1d",
  "layer_upsampling_2d",
  "layer_upsampling_3d",
  "layer_zero_padding_1d",
  "layer_zero_padding_3d",
  "load_model_tf",
  "load_model_weights_hdf5",
  "load_model_weights_tf",
  "metric_binary_accuracy",
  "metric_categorical_accuracy",
  "metric_sparse_categorical_accuracy",
  "metric_top_k_categorical_accuracy",
  "mobilenet_decode_predictions",
  "model_from_json",
  "model_to_json",
  "multi_gpu_model",
  "pad_sequences",
  "pop_layer",
  "predict_classes",
  "predict_on_batch",
  "predict_proba",
  "save_model_tf",
  "save_model_weights_hdf5",
  "save_model_weights_tf",
  "save_text_tokenizer",
  "serialize_model",
  "set_weights",
  "skipgrams",
  "test_on_batch",
  "text_one_hot",
  "text_tokenizer",
  "texts_to_matrix",
  "texts_to_sequences",
  "time_distributed",
  "timeseries_generator",
  "train_on_batch",
  "unserialize_model",
  "use_backend"
)

#' Functions of keras that are not part of tidycnn
#'
#' tidycnn classifies images. What it leaves out is named here, so that a script says what it needs: attach keras3, whose
#' function of that name is then called, and whose layers and models all functions of tidycnn take.
#'
#' @param ... Given to the function of keras3 where that package is attached.
#' @returns What keras3's function gives, or an error that names it.
#' @examples
#' try(layer_lstm(units = 32))
#' @family Keras floor
#' @name left-out
#' @evalRd paste0("\\alias{", LEFT_OUT, "}", collapse = "\n")
#' @evalNamespace paste0("export(", LEFT_OUT, ")")
NULL

left_out <- function(name) {
  force(name)
  function(...) {
    if ("package:keras3" %in% search() && name %in% getNamespaceExports("keras3")) {
      return(getExportedValue("keras3", name)(...))
    }
    abort_input(
      "`%s()` is not part of tidycnn.",
      name,
      hint = hint_for(name),
      call = sys.call()
    )
  }
}

hint_for <- function(name) {
  kind <- sub("_.*", "", name)
  switch(
    if (name %in% c("install_keras", "is_keras_available")) name else kind,
    install_keras = "Install what tidycnn needs with `install_tidycnn()`.",
    is_keras_available = "`tidycnn_ready()` tells whether tidycnn can be used.",
    initializer = sprintf("Give its name: `kernel_initializer = \"%s\"`.", sub("initializer_", "", name)),
    loss = ,
    metric = sprintf("Give its name: `\"%s\"`.", sub("^[a-z]+_", "", name)),
    "Attach keras3, whose layers and models tidycnn takes: `library(keras3)`."
  )
}

local(
  for (name in LEFT_OUT) {
    assign(name, left_out(name), envir = topenv())
  }
)
