#' Make batches of pictures from a folder with one folder for each class
#'
#' @inheritParams flow_images
#' @param directory The folder that holds the class folders.
#' @param generator How pictures are augmented and normalised, as [image_data_generator()] gives. Without it nothing is
#'   done.
#' @param classes The class folders to use, in the order of the network's outputs; all of them, sorted, where it is not
#'   given.
#' @param class_mode What the network learns, as in [flow_images()].
#' @param follow_links Whether to read folders that are links, below the class folders.
#' @param subset `"training"` or `"validation"` where the generator has a `validation_split`.
#' @param interpolation How pictures are resized, as in [flow_images()].
#' @returns A flow, as of [flow_images()]; `$filenames` are relative to `directory`.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 16, seed = 1)
#' flow_images_from_directory(folder, target_size = c(96, 96))
#' unlink(folder, recursive = TRUE)
#' @family flow
#' @export
flow_images_from_directory <- function(
  directory,
  generator = image_data_generator(),
  target_size = c(256, 256),
  color_mode = "rgb",
  classes = NULL,
  class_mode = "categorical",
  batch_size = 32,
  shuffle = TRUE,
  follow_links = FALSE,
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
  call_py("flow_images_from_directory")
}

#' Make batches of pictures from a data frame of file names and labels
#'
#' @inheritParams flow_images
#' @param dataframe One row an image. Its other columns stay in the flow's `images`.
#' @param directory The folder that the file names are relative to.
#' @param x_col The column with the names of the files.
#' @param y_col The column with the labels. It may be absent where `class_mode` needs no labels. With `class_mode`
#'   `"raw"` the column, or the columns, with numbers; with `"multi_output"` one column for each output.
#' @param weight_col The column that says how much each image counts.
#' @param generator How pictures are augmented and normalised, as [image_data_generator()] gives. Without it nothing is
#'   done.
#' @param classes The labels to use, in the order of the network's outputs; rows of other labels are left out.
#' @param class_mode What the network learns, as in [flow_images()]; also `"raw"` (numbers as they are, such as those of
#'   a regression) and `"multi_output"` (one array for each column of `y_col`).
#' @param subset `"training"` or `"validation"` where the generator has a `validation_split`.
#' @param interpolation How pictures are resized, as in [flow_images()].
#' @param validate_filenames Whether every file is opened first; without it one that cannot be read is found when its
#'   turn comes.
#' @returns A flow, as of [flow_images()]; `$filenames` are those of `x_col`.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 16, seed = 1)
#' flow_images_from_dataframe(images, x_col = "path", y_col = "label", target_size = c(96, 96))
#' unlink(folder, recursive = TRUE)
#' @family flow
#' @export
flow_images_from_dataframe <- function(
  dataframe,
  directory = NULL,
  x_col = "filename",
  y_col = "class",
  weight_col = NULL,
  generator = image_data_generator(),
  target_size = c(256, 256),
  color_mode = "rgb",
  classes = NULL,
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
  validate_filenames = TRUE,
  seed = NULL
) {
  call_py("flow_images_from_dataframe")
}

#' Make batches of pictures from an array
#'
#' @inheritParams flow_images
#' @param x Pictures of shape (n, height, width, channels), with 1, 3 or 4 channels.
#' @param y Numbers or rows of numbers go to the network as they are; text or a factor becomes one column a label.
#'   Whole numbers from 0 on are the positions of labels, which are called `"0"`, `"1"` and so on. Without it batches
#'   are of pictures alone.
#' @param generator How pictures are augmented and normalised, as [image_data_generator()] gives. Without it nothing is
#'   done.
#' @param sample_weight How much each picture counts.
#' @param subset `"training"` or `"validation"` where the generator has a `validation_split`.
#' @returns A flow, as of [flow_images()].
#' @examplesIf tidycnn_ready()
#' flow_images_from_data(array(0, c(10, 8, 8, 1)), 1:10, batch_size = 4)
#' @family flow
#' @export
flow_images_from_data <- function(
  x,
  y = NULL,
  generator = image_data_generator(),
  batch_size = 32,
  shuffle = TRUE,
  sample_weight = NULL,
  subset = NULL,
  save_to_dir = NULL,
  save_prefix = "",
  save_format = "png",
  seed = NULL
) {
  call_py("flow_images_from_data")
}
