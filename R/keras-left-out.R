# What keras for R had and tidycnn has not: refused by name, and handed on where keras3 is attached.

LEFT_OUT <- c(
  "application_densenet121",
  "application_densenet169",
  "application_densenet201",
  "application_efficientnet_b0",
  "application_inception_resnet_v2",
  "application_nasnetlarge",
  "application_nasnetmobile",
  "bidirectional",
  "callback_remote_monitor",
  "callback_tensorboard",
  "dataset_boston_housing",
  "dataset_cifar10",
  "dataset_cifar100",
  "dataset_fashion_mnist",
  "dataset_imdb",
  "dataset_imdb_word_index",
  "dataset_mnist",
  "dataset_reuters",
  "get_weights",
  "imagenet_decode_predictions",
  "inception_v3_preprocess_input",
  "install_keras",
  "layer_attention",
  "layer_average",
  "layer_bidirectional",
  "layer_conv_1d",
  "layer_conv_2d_transpose",
  "layer_conv_3d",
  "layer_conv_lstm_2d",
  "layer_cropping_2d",
  "layer_depthwise_conv_2d",
  "layer_dot",
  "layer_embedding",
  "layer_gaussian_noise",
  "layer_global_average_pooling_1d",
  "layer_global_max_pooling_1d",
  "layer_gru",
  "layer_locally_connected_2d",
  "layer_lstm",
  "layer_masking",
  "layer_max_pooling_1d",
  "layer_max_pooling_3d",
  "layer_maximum",
  "layer_multiply",
  "layer_permute",
  "layer_repeat_vector",
  "layer_reshape",
  "layer_simple_rnn",
  "layer_spatial_dropout_2d",
  "layer_subtract",
  "layer_text_vectorization",
  "layer_upsampling_2d",
  "load_model_weights_hdf5",
  "metric_categorical_accuracy",
  "metric_top_k_categorical_accuracy",
  "mobilenet_preprocess_input",
  "multi_gpu_model",
  "pad_sequences",
  "pop_layer",
  "predict_classes",
  "predict_proba",
  "save_model_weights_hdf5",
  "save_text_tokenizer",
  "set_weights",
  "skipgrams",
  "text_tokenizer",
  "texts_to_sequences",
  "time_distributed",
  "train_on_batch",
  "use_backend",
  "xception_preprocess_input"
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
      hint = if (name == "install_keras") {
        "Install what tidycnn needs with `install_tidycnn()`."
      } else {
        "Attach keras3, whose layers and models tidycnn takes: `library(keras3)`."
      },
      call = sys.call()
    )
  }
}

local(
  for (name in LEFT_OUT) {
    assign(name, left_out(name), envir = topenv())
  }
)
