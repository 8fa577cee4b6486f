# Pictures and labels as arrays, as scripts of R-Keras hold them.

#' Read a picture as an array
#'
#' @param path The file.
#' @param grayscale Whether grey levels are wanted.
#' @param color_mode `"rgb"`, `"rgba"` or `"grayscale"`.
#' @param target_size Height and width; the file's where `NULL`.
#' @param interpolation How the picture is resized, as in [flow_images()]: a picture is read here as it is there.
#' @param keep_aspect_ratio Whether the middle of the picture is cut to the shape of `target_size` before it is resized.
#' @param exact Whether to resize as Keras does, by the filter of Pillow that `interpolation` names: Keras's own default is
#'   `"nearest"`. For flows whose generator is `exact` too.
#' @param img What `image_load()` gives, or an array.
#' @param data_format `"channels_first"` gives (channels, height, width).
#' @returns An array of shape (height, width, channels), grey levels 0 to 255; `image_to_array()` gives it as it is.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 4, size = 32, seed = 1)
#' dim(image_to_array(image_load(images$path[[1]], target_size = c(24, 24))))
#' unlink(folder, recursive = TRUE)
#' @family Keras floor
#' @export
image_load <- function(
  path,
  grayscale = FALSE,
  color_mode = "rgb",
  target_size = NULL,
  interpolation = "bilinear",
  keep_aspect_ratio = FALSE,
  exact = FALSE
) {
  call_py("load_picture", module = "keras_floor.pictures")
}

#' @rdname image_load
#' @export
image_to_array <- function(img, data_format = NULL) {
  if (!is.array(img) || length(dim(img)) != 3) {
    abort_input(
      "`img` must be a picture, as `image_load()` gives, not %s.",
      if (is.array(img)) paste("an array of dimensions", paste(dim(img), collapse = " x ")) else describe(img),
      hint = "Of several pictures, `x[1, , , ]` is the first.",
      call = environment()
    )
  }
  if (identical(data_format, "channels_first")) aperm(img, c(3, 1, 2)) else img
}

#' Resize pictures in an array
#'
#' @param img One picture of shape (height, width, channels), or several of shape (n, height, width, channels).
#' @param height,width What they become, in pixels.
#' @param data_format Only `"channels_last"` is taken.
#' @returns An array.
#' @examplesIf tidycnn_ready()
#' dim(image_array_resize(array(0, c(10, 20, 3)), 5, 5))
#' @family Keras floor
#' @export
image_array_resize <- function(img, height, width, data_format = NULL) {
  call_py("resize_array", module = "keras_floor.pictures")
}

#' Write a picture of an array to a file
#'
#' @param img A picture of shape (height, width, channels).
#' @param path The file, whose ending names its format.
#' @param data_format Only `"channels_last"` is taken.
#' @param file_format The format, where the ending does not name it.
#' @param scale Whether the darkest value becomes 0 and the brightest 255.
#' @returns The path, invisibly.
#' @examplesIf tidycnn_ready()
#' file <- tempfile(fileext = ".png")
#' image_array_save(array(runif(48), c(4, 4, 3)), file)
#' dim(image_load(file))
#' @family Keras floor
#' @export
image_array_save <- function(img, path, data_format = NULL, file_format = NULL, scale = TRUE) {
  call_py("save_array", module = "keras_floor.pictures")
  invisible(path)
}

#' Normalise pictures as networks that learned on ImageNet expect them
#'
#' Networks of [pretrained()] do it themselves, and so do EfficientNet, ConvNeXt and MobileNetV3.
#'
#' @param x Pictures of three channels, grey levels 0 to 255.
#' @param data_format Only `"channels_last"` is taken.
#' @param mode `"caffe"` (VGG and ResNet: blue first, means subtracted), `"tf"` (-1 to 1) or `"torch"`.
#' @returns An array.
#' @examplesIf tidycnn_ready()
#' imagenet_preprocess_input(array(255, c(1, 2, 2, 3)))[1, 1, 1, ]
#' @family Keras floor
#' @export
imagenet_preprocess_input <- function(x, data_format = NULL, mode = "caffe") {
  call_py("preprocess_imagenet", module = "keras_floor.pictures")
}

#' @rdname imagenet_preprocess_input
#' @export
densenet_preprocess_input <- function(x, data_format = NULL) {
  call_engine(
    "preprocess_application",
    list(name = "densenet121", x = x, data_format = data_format),
    "keras_floor.applications",
    environment()
  )
}

#' @rdname imagenet_preprocess_input
#' @export
inception_resnet_v2_preprocess_input <- function(x) {
  call_engine(
    "preprocess_application",
    list(name = "inception_resnet_v2", x = x),
    "keras_floor.applications",
    environment()
  )
}

#' @rdname imagenet_preprocess_input
#' @export
inception_v3_preprocess_input <- function(x) {
  call_engine("preprocess_application", list(name = "inception_v3", x = x), "keras_floor.applications", environment())
}

#' @rdname imagenet_preprocess_input
#' @export
mobilenet_preprocess_input <- function(x) {
  call_engine("preprocess_application", list(name = "mobilenet", x = x), "keras_floor.applications", environment())
}

#' @rdname imagenet_preprocess_input
#' @export
mobilenet_v2_preprocess_input <- function(x) {
  call_engine("preprocess_application", list(name = "mobilenet_v2", x = x), "keras_floor.applications", environment())
}

#' @rdname imagenet_preprocess_input
#' @export
nasnet_preprocess_input <- function(x) {
  call_engine("preprocess_application", list(name = "nasnetlarge", x = x), "keras_floor.applications", environment())
}

#' @rdname imagenet_preprocess_input
#' @export
resnet_preprocess_input <- function(x) {
  call_engine("preprocess_application", list(name = "resnet50", x = x), "keras_floor.applications", environment())
}

#' @rdname imagenet_preprocess_input
#' @export
resnet_v2_preprocess_input <- function(x) {
  call_engine("preprocess_application", list(name = "resnet50_v2", x = x), "keras_floor.applications", environment())
}

#' @rdname imagenet_preprocess_input
#' @export
xception_preprocess_input <- function(x) {
  call_engine("preprocess_application", list(name = "xception", x = x), "keras_floor.applications", environment())
}

#' Code classes as one column each
#'
#' @param y Whole numbers from 0.
#' @param num_classes How many there are; one more than the greatest where `NULL`.
#' @param dtype Taken as in 2018, and without effect: R has doubles.
#' @returns A matrix of 0 and 1, one row a value of `y`.
#' @examplesIf tidycnn_ready()
#' to_categorical(c(0, 2, 1))
#' @family Keras floor
#' @export
to_categorical <- function(y, num_classes = NULL, dtype = NULL) {
  call_engine("code_categories", list(y = y, num_classes = num_classes), "keras_floor.pictures", environment())
}

#' Give an array another shape, row after row
#'
#' R fills arrays column after column; Keras, and so scripts of it, row after row.
#'
#' @param x An array.
#' @param dim Its new shape; one -1 stands for what is left.
#' @param order `"C"` for row after row, `"F"` for R's own.
#' @returns An array.
#' @examples
#' array_reshape(1:6, c(2, 3))
#' @family Keras floor
#' @export
array_reshape <- function(x, dim, order = c("C", "F")) {
  order <- rlang::arg_match(order)
  dim[dim == -1] <- length(x) / abs(prod(dim))
  if (prod(dim) != length(x)) {
    abort_input("`dim` has room for %.0f values, but `x` has %.0f.", prod(dim), length(x), call = environment())
  }
  if (order == "F") {
    return(array(x, dim))
  }
  values <- if (is.null(dim(x))) x else aperm(x)
  aperm(array(values, rev(dim)))
}
