#' List images with their labels and what is wrong with their files
#'
#' The first step: it shows what there is before anything is learned from it. Every file is opened and decoded
#' completely. What is found is kept by path, size and time of change, so that the next call takes a moment.
#'
#' @param x A folder with one folder of pictures for each class, or with such a tree for each split; or a data frame
#'   with the column `path` and, where known, `label`, `split`, `group` and any further columns; or paths of pictures.
#'   Class folders are read with all folders below them. Links are followed. Hidden files are left out with a warning;
#'   every other file gets a row.
#' @param labels A regular expression (as in Python's `re`) with one group in parentheses, which finds the label in the
#'   file name. Without it labels are the names of the class folders, or the column `label`. What cannot be shown of a
#'   name is spelled out in its label; the path stays as it is.
#' @param splits Names of splits and of the top folders that hold them, such as `c(train = "TRAIN")`. Without it, top
#'   folders are splits if one of them is called train, training, val, valid, validation, dev, test or testing, in any
#'   case; or if some join such words to the same others, as `training_set` and `test_set`, one of them for training,
#'   which is told. A top folder of another name is then a split of that name in lower case. `FALSE`: top folders are
#'   classes.
#' @param levels The labels in the order wanted. Without it they are in the order of the levels that `label` has, else
#'   sorted: whole numbers by value, all others as text.
#' @param pixels_max An image that declares more pixels than this is `too large` and is not decoded. So is a file that
#'   would take as much time or memory in another way: by its bytes, by many scans or parts, by a slow format.
#' @param progress Whether to show how far the work has come.
#' @returns A tibble, the images frame, one row a file: `path`, `label` (a factor), `split` and `group` where known,
#'   `status` (`ok`, `truncated`, `not an image`, `empty`, `unsupported format`, `too large` or `unreadable`), `format`
#'   (told from the content), `width`, `height` (as the picture is meant to be seen), `mode` (such as `RGB` or, for
#'   grey, `L`), `orientation` (1 where the picture is stored as it is seen, 2 to 8 where its EXIF data turn or mirror
#'   it; a warning where that goes with the label), `bytes`, `hash` (equal for equal files), and the further columns of
#'   `x`.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile()
#' made <- make_blood_cells(folder, n = 8, seed = 1)
#' images <- image_table(folder)
#' images
#' class_counts(images)
#' @family images
#' @export
image_table <- function(x, labels = NULL, splits = NULL, levels = NULL, pixels_max = 178956970, progress = TRUE) {
  call_py("image_table")
}

#' Count the images of each label
#'
#' Look here before training: a label with few images is learned badly and judged worse. Files that cannot be decoded
#' are not counted.
#'
#' @param images An images frame, as [image_table()] gives.
#' @returns A tibble, one row per label, and per split where there are splits: `label`, `split`, `n` and `share` (of all
#'   images, or of those of the split). Labels without images have `n` 0; images without label are counted under a
#'   missing one. Of a grouped frame (`dplyr::group_by()`) all this for each group, with its columns in front.
#' @examplesIf tidycnn_ready()
#' class_counts(data.frame(path = c("a.png", "b.png", "c.png"), label = c("cat", "dog", "dog")))
#' @family images
#' @export
class_counts <- function(images) {
  call_py("class_counts")
}
