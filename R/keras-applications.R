# Networks that Keras has ready, with weights learned on ImageNet where they can be fetched. Their names are those of the
# table in Python, `model/applications.py`, which knows the rest; here stand the arguments that R-Keras has for each.

APPLICATIONS <- c(
  "vgg16",
  "vgg19",
  paste0("resnet", c("50", "101", "152", "50_v2", "101_v2", "152_v2")),
  "inception_v3",
  "inception_resnet_v2",
  "xception",
  paste0("densenet", c(121, 169, 201)),
  "mobilenet",
  "mobilenet_v2",
  "mobilenet_v3_small",
  "mobilenet_v3_large",
  "nasnetmobile",
  "nasnetlarge",
  paste0("efficientnet_b", 0:7),
  paste0("efficientnet_v2", c("b0", "b1", "b2", "b3", "s", "m", "l")),
  paste0("convnext_", c("tiny", "small", "base", "large", "xlarge"))
)

#' Networks of Keras
#'
#' Each is a model, which can stand as a layer in another: `keras_model_sequential() |> base_model()`. It takes pixels as
#' its own function of [imagenet_preprocess_input()] gives them; [pretrained()] builds it with that in front.
#'
#' @param include_top Whether the head for the 1,000 labels of ImageNet is kept.
#' @param weights `"imagenet"` fetches weights learned there, once; a file has them; `NULL` starts from random ones.
#' @param input_tensor A tensor to build upon.
#' @param input_shape Height, width and channels of the images, where `include_top` is `FALSE`.
#' @param pooling `"avg"` or `"max"` in place of the head; none where `NULL`.
#' @param classes How many labels the head has, where it is not ImageNet's.
#' @param classifier_activation The activation of the head; `NULL` for none.
#' @param alpha,depth_multiplier,minimalistic The width of the network, how many filters there are for each channel, and
#'   whether it goes without what some processors lack.
#' @param dropout,dropout_rate The share of values that its head drops.
#' @param include_preprocessing Whether it scales grey levels itself.
#' @returns A Keras model.
#' @examplesIf tidycnn_ready()
#' base_model <- application_mobilenet_v2(
#'   weights = NULL,
#'   include_top = FALSE,
#'   input_shape = c(96, 96, 3),
#'   alpha = 0.35
#' )
#' count_params(base_model)
#' @family Keras floor
#' @name keras-applications
#' @evalRd document_applications()
#' @evalNamespace sprintf("export(application_%s)", APPLICATIONS)
NULL

make_application <- function(name) {
  force(name)
  application <- function() {
    frame <- environment()
    given <- given_arguments(sys.function(), frame)
    # Keras's default is not that of R for all of them.
    given["weights"] <- list(frame$weights)
    arguments <- list(name = name, arguments = given, seed = fresh_seed())
    call_engine("call_application", arguments, "keras_floor.applications", frame)
  }
  formals(application) <- application_formals(name)
  application
}

application_formals <- function(name) {
  first <- alist(include_top = TRUE, weights = "imagenet", input_tensor = NULL, input_shape = NULL, pooling = NULL)
  last <- alist(classes = 1000, classifier_activation = "softmax")
  shape <- first["input_shape"]
  others <- first[names(first) != "input_shape"]
  scaling <- alist(include_preprocessing = TRUE)
  switch(
    sub("(_v3|nasnet|efficientnet_v2|convnext).*", "\\1", name),
    mobilenet = c(shape, alist(alpha = 1, depth_multiplier = 1, dropout = 0.001), others, last),
    mobilenet_v2 = c(shape, alist(alpha = 1), others, last),
    mobilenet_v3 = c(
      shape,
      alist(alpha = 1, minimalistic = FALSE),
      first[c("include_top", "weights", "input_tensor")],
      last["classes"],
      first["pooling"],
      alist(dropout_rate = 0.2),
      last["classifier_activation"],
      scaling
    ),
    nasnet = c(shape, others["include_top"], alist(weights = NULL), others[c("input_tensor", "pooling")], last),
    efficientnet_v2 = ,
    convnext = c(first, last, scaling),
    c(first, last)
  )
}

document_applications <- function() {
  names <- paste0("application_", APPLICATIONS)
  usages <- vapply(APPLICATIONS, USE.NAMES = FALSE, FUN.VALUE = "", function(name) {
    defaults <- application_formals(name)
    spelled <- vapply(defaults, function(value) paste(deparse(value), collapse = " "), "")
    sprintf("application_%s(\n%s\n)", name, paste0("  ", names(defaults), " = ", spelled, collapse = ",\n"))
  })
  c(paste0("\\alias{", names, "}"), "\\usage{", paste(usages, collapse = "\n\n"), "}")
}

local(
  for (name in APPLICATIONS) {
    assign(paste0("application_", name), make_application(name), envir = topenv())
  }
)
