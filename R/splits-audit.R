#' Find what splits share
#'
#' A picture, or another picture of the same thing, that both trains and tests a model makes the test worthless.
#'
#' @param images An images frame with splits, as [split_images()] or [image_table()] give.
#' @returns A tibble, one row per problem and pair of splits: `problem` (`shared path`, `identical file`: another path
#'   with the same bytes, or `shared group`), `split_1`, `split_2`, `images` (how many images of the two splits are
#'   concerned), `groups` (how many paths, contents or groups are shared), and one image of each split, `example_1` and
#'   `example_2`. No rows where nothing is shared; a warning where something is.
#' @examplesIf tidycnn_ready()
#' images <- data.frame(path = c("a.png", "b.png"), split = c("train", "test"), hash = c("1", "2"))
#' audit_splits(images)
#' @family splits
#' @export
audit_splits <- function(images) {
  call_py("audit_splits")
}
