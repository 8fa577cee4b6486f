#' Make batches of pictures from an images frame
#'
#' What a picture becomes depends on the seed, the epoch and the picture alone; the order depends on the seed and the
#' epoch. A flow is an input for `fit()`, `evaluate()` and `predict()` of Keras.
#'
#' @param images An images frame, as [image_table()] gives. Rows whose `status` is not `ok` are left out with a
#'   warning.
#' @param generator How pictures are augmented and normalised, as [image_data_generator()] gives. Without it grey
#'   levels become numbers from 0 to 1.
#' @param target_size Height and width of the pictures that the network sees.
#' @param color_mode `"rgb"`, `"rgba"` or `"grayscale"`.
#' @param class_mode What the network learns: `"categorical"` (one column a label), `"binary"` (1 for the second
#'   label), `"sparse"` (the position of the label, from 0), `"input"` (the pictures themselves) or `"none"` (pictures
#'   alone).
#' @param batch_size Images per batch; the last of a pass may be smaller.
#' @param shuffle Whether each pass has an order of its own.
#' @param subset `"training"` or `"validation"` where the generator has a `validation_split`; the validation images are
#'   never augmented.
#' @param interpolation How pictures are resized. With `"bilinear"` resizing and augmentation are one resampling,
#'   without aliasing where pictures shrink; with the others (filters of Pillow: `"nearest"`, `"bicubic"`, `"lanczos"`,
#'   `"box"`, `"hamming"`) pictures are resized first.
#' @param keep_aspect_ratio Whether the middle of each picture is cut to the shape of `target_size` before it is
#'   resized.
#' @param exif Whether pictures are turned as their EXIF data say, which the column `orientation` tells, or left as they
#'   are stored.
#' @param save_to_dir A folder for what the network sees, as pictures for people: each stretched to its own range of
#'   grey levels.
#' @param save_prefix,save_format How their names begin, and `"png"` or `"jpeg"`: files are called
#'   `<prefix>_<row>_<epoch>.<format>`.
#' @param on_error What happens when a file cannot be read any more: `"stop"` ends the training with its name, `"skip"`
#'   leaves it out with a warning.
#' @param cache Keeps decoded pictures: in `"memory"`, on `"disk"` (in the folder `TIDYCNN_CACHE`, for later sessions
#'   too), `"auto"` in memory where they fit, else on disk. What a network sees is the same with and without.
#' @param cache_size The greatest size of the cache in GB; half of what is free where not given.
#' @param seed Makes order and augmentation repeatable. Without it, it is drawn from R's own stream.
#' @returns A flow. It has `$images`, `$levels`, `$classes`, `$filenames`, `$class_indices`, `$n`, `$batch_size`,
#'   `$image_shape`, and `$batch(epoch, index)`, both from 0.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 16, seed = 1)
#' flow_images(images, target_size = c(96, 96), batch_size = 8)
#' unlink(folder, recursive = TRUE)
#' @family flow
#' @export
flow_images <- function(
  images,
  generator = image_data_generator(rescale = 1 / 255),
  target_size = c(256, 256),
  color_mode = "rgb",
  class_mode = "categorical",
  batch_size = 32,
  shuffle = TRUE,
  subset = NULL,
  interpolation = "bilinear",
  keep_aspect_ratio = FALSE,
  exif = TRUE,
  save_to_dir = NULL,
  save_prefix = "",
  save_format = "png",
  on_error = "stop",
  cache = FALSE,
  cache_size = NULL,
  seed = NULL
) {
  call_py("flow_images")
}
