#' Divide images into folds for cross-validation
#'
#' Every fold gets its share of every label, and images of one group stay in one fold, by the rules of
#' [split_images()]. The images of fold 1 are held out while those of the other folds train, and so on.
#'
#' @param images An images frame, as [image_table()] gives. Images that cannot be decoded get no fold.
#' @param v How many folds.
#' @param repeats How many times the images are divided anew.
#' @param by The column whose values are divided alike, or `NULL`: the images as a whole are.
#' @param group The column that names what must stay together, or `NULL`: nothing must.
#' @param from The splits to divide, such as `"train"`; images of other splits get no fold. Without it all are divided.
#' @param seed A whole number that makes the division repeatable.
#' @returns The images in their order, with the column `fold` (1 to `v`). With `repeats` above 1 the frame is repeated
#'   below itself, and the column `repetition` numbers the divisions.
#' @examplesIf tidycnn_ready()
#' images <- data.frame(path = sprintf("%d.png", 1:20), label = rep(c("cat", "dog"), 10))
#' folds <- vfold_images(images, v = 5, seed = 1)
#' table(folds$label, folds$fold)
#' @family splits
#' @export
vfold_images <- function(images, v = 5, repeats = 1, by = "label", group = "group", from = NULL, seed = NULL) {
  call_py("vfold_images")
}
