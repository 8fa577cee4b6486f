#' Divide images into splits
#'
#' Every label is divided in the same proportions, and images of one group stay together. With whole groups, the share
#' of a label is off by at most half its largest group wherever the groups allow it; without groups it is rounded.
#'
#' The same images with the same seed are always divided alike, in whatever order they stand and wherever their folder
#' lies: chance knows an image by its path within its class folder, without the suffix (within the folder that all
#' images share where there are no class folders). So pictures and their masks in parallel folders are divided alike
#' too. Identical files that come to lie in several splits are told; `group = "hash"` keeps them together.
#'
#' @param images An images frame, as [image_table()] gives. Images that cannot be decoded get no split.
#' @param proportions The share of each split, named. They sum to 1.
#' @param by The column whose values are divided in the same proportions, or `NULL`: the images as a whole are.
#' @param group The column that names what must stay together, such as the photograph or the patient, or `NULL`:
#'   nothing must. Images without a group are divided one by one.
#' @param from The splits to divide; all other images keep theirs. Without it `images` must have no splits yet.
#' @param seed A whole number that makes the division repeatable.
#' @returns The images in their order, with the column `split`.
#' @examplesIf tidycnn_ready()
#' images <- data.frame(path = sprintf("%d.png", 1:20), label = rep(c("cat", "dog"), 10))
#' images |> split_images(c(train = 0.8, test = 0.2), seed = 1) |> class_counts()
#' @family splits
#' @export
split_images <- function(
  images,
  proportions = c(train = 0.7, validation = 0.15, test = 0.15),
  by = "label",
  group = "group",
  from = NULL,
  seed = NULL
) {
  call_py("split_images")
}
