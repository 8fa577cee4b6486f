#' Say how pictures are augmented and normalised
#'
#' The parameters have the meaning that Keras's documentation gives them. What a picture becomes depends on the seed,
#' the epoch and the picture alone.
#'
#' @param featurewise_center Whether the mean over all images becomes 0, for each channel;
#'   [fit_image_data_generator()] learns it.
#' @param samplewise_center Whether the mean of each picture becomes 0.
#' @param featurewise_std_normalization Whether images are divided by their standard deviation over all, for each
#'   channel; they are centred too.
#' @param samplewise_std_normalization Whether each picture is divided by its standard deviation; it is centred too.
#' @param zca_whitening Whether neighbouring values are made independent of each other (ZCA; Krizhevsky, 2009), which
#'   needs height x width x channels squared numbers: for small pictures. They are centred too.
#' @param zca_epsilon Added to the singular values, so that none divides by zero.
#' @param rotation_range Greatest rotation to either side, in degrees.
#' @param width_shift_range Greatest horizontal shift to either side: below 1 a fraction of the width, from 1 on a
#'   number of pixels. A whole number (`5L`) shifts by whole pixels, fewer than it. Several numbers: one of them is
#'   chosen, to either side.
#' @param height_shift_range Greatest vertical shift, likewise.
#' @param brightness_range Least and greatest factor of brightness.
#' @param shear_range Greatest shear to either side, in degrees.
#' @param zoom_range One number z: factors from 1 - z to 1 + z, drawn for width and height apart; two numbers: the
#'   least and the greatest factor. A factor below 1 enlarges.
#' @param channel_shift_range Greatest number of grey levels added to or taken from all channels.
#' @param fill_mode What stands outside the borders: `"nearest"` repeats the edge, `"constant"` is `cval`, `"reflect"`
#'   mirrors, `"wrap"` comes in from the other side.
#' @param cval The grey level outside the borders where `fill_mode` is `"constant"`, before `rescale`.
#' @param horizontal_flip Whether every second picture, at random, is mirrored left to right.
#' @param vertical_flip Whether every second picture, at random, is turned upside down.
#' @param rescale What all grey levels are multiplied by, such as `1 / 255`.
#' @param preprocessing_function A function that takes one picture (height, width, channels; grey levels 0 to 255)
#'   after augmentation and before `rescale`, and gives one of the same shape. An R function makes fits slower: it is
#'   called on the main thread, between the steps of the training.
#' @param data_format `"channels_last"`: pictures are height, width, channels; `"channels_first"`: channels, height,
#'   width.
#' @param validation_split The share of images that `subset = "validation"` takes, never augmented and no group divided:
#'   of class folders and images frames stratified, by `split_seed` and the names of the images as in [split_images()];
#'   of data frames and arrays by `split_seed` and the row.
#' @param interpolation_order 1 mixes neighbouring pixels when a picture is transformed, 0 takes the nearest.
#' @param dtype The type of the numbers in batches: `"float32"`, `"float16"` or `"float64"`.
#' @param exact Whether to repeat Keras to the pixel, slowly: pictures are resized by Pillow before they are transformed
#'   by SciPy, `validation_split` takes the first files of each label, `height_shift_range` moves horizontally and
#'   `width_shift_range` vertically, and pictures that are not square turn around a wrong centre.
#' @param split_seed Which images `validation_split` takes. It stands here, and is not drawn, so that both subsets
#'   always agree.
#' @returns A generator, to be given to [flow_images()] and its kin.
#' @examplesIf tidycnn_ready()
#' image_data_generator(rescale = 1 / 255, rotation_range = 10, horizontal_flip = TRUE)
#' @family flow
#' @export
image_data_generator <- function(
  featurewise_center = FALSE,
  samplewise_center = FALSE,
  featurewise_std_normalization = FALSE,
  samplewise_std_normalization = FALSE,
  zca_whitening = FALSE,
  zca_epsilon = 1e-06,
  rotation_range = 0,
  width_shift_range = 0,
  height_shift_range = 0,
  brightness_range = NULL,
  shear_range = 0,
  zoom_range = 0,
  channel_shift_range = 0,
  fill_mode = "nearest",
  cval = 0,
  horizontal_flip = FALSE,
  vertical_flip = FALSE,
  rescale = NULL,
  preprocessing_function = NULL,
  data_format = "channels_last",
  validation_split = 0,
  interpolation_order = 1,
  dtype = "float32",
  exact = FALSE,
  split_seed = 1
) {
  call_py("image_data_generator")
}

#' Learn the statistics that a generator normalises by
#'
#' Needed by `featurewise_center`, `featurewise_std_normalization` and `zca_whitening`, before flows are made.
#'
#' @param generator As [image_data_generator()] gives. It is changed.
#' @param x Images of the training: an array of shape (n, height, width, channels), or a flow, of which one pass is
#'   read.
#' @param augment Whether to learn from augmented images.
#' @param rounds How many times each image is augmented.
#' @param seed Makes the augmentation repeatable. Without it, it is drawn from R's own stream.
#' @returns The generator.
#' @examplesIf tidycnn_ready()
#' generator <- image_data_generator(featurewise_center = TRUE)
#' fit_image_data_generator(generator, array(8, c(2, 4, 4, 1)))
#' @family flow
#' @export
fit_image_data_generator <- function(generator, x, augment = FALSE, rounds = 1, seed = NULL) {
  call_py("fit_image_data_generator")
}
