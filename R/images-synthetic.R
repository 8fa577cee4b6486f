#' Draw a data set in the likeness of blood cells
#'
#' Each picture shows one white cell among pale red ones: EOSINOPHIL (a nucleus of two lobes, red granules), LYMPHOCYTE
#' (a round dark nucleus), MONOCYTE (a kidney-shaped nucleus) or NEUTROPHIL (several small lobes). Place, rotation,
#' shape, stain, light, sharpness and noise vary. Nothing in them can be learnt about real cells.
#'
#' @param dir Folder to make. It must be empty or missing, or hold pictures that this function drew: these are replaced.
#' @param n How many images there are in all, as many of each kind as of the others where it can be divided by 4; or
#'   named numbers, such as `c(train = 400, test = 200)`: then there is a folder for each name, with the class folders in
#'   it.
#' @param size Height and width in pixels.
#' @param progress Whether to show how far the work has come.
#' @param seed Number from which the pictures follow: the same seed draws the same pictures, and a larger `n` draws
#'   further ones.
#' @returns The images frame of the folder, as [image_table()] gives.
#' @examplesIf tidycnn_ready()
#' folder <- file.path(tempdir(), "cells-drawn")
#' make_blood_cells(folder, n = c(train = 8, test = 4), size = 32, seed = 1)
#' @family images
#' @export
make_blood_cells <- function(dir, n = 100, size = 96, progress = TRUE, seed = NULL) {
  call_py("make_blood_cells")
}
