#' Save a classifier in a folder
#'
#' The folder appears whole or not at all: of a process that is killed while it replaces a classifier, the old one or
#' the new one is there when it is loaded. R and Python read the same folder. A preprocessing function of your own is not
#' stored: there is a warning, and no prediction without it.
#'
#' @section What R itself saves:
#' Models, flows, generators and classifiers are objects of Python, which end with the R session. `saveRDS()`, `save()`,
#' the workspace in `.RData` and the cache of knitr keep what R knows of them alone: read again, they print what they
#' were, and whatever is done with them says that their session has ended. A classifier that `save_classifier()` wrote or
#' `load_classifier()` read knows its folder: it may be kept in any of these ways, alone or in a list, and is read again
#' from there when it is first used. Of a chunk with `cache = TRUE`, save the classifier in the chunk itself.
#'
#' @param classifier A classifier, as [fit_classifier()] gives.
#' @param folder Folder to write: `model.keras`, `classifier.json`, `history.csv` and `images.csv`. It must be missing,
#'   empty or, with `overwrite`, a saved classifier.
#' @param overwrite Whether to replace a classifier that is there. Another folder is never replaced.
#' @param images What is written of the images that it was fitted on, which no prediction needs: `"all"`, with absolute
#'   paths and your own columns; `"paths"`, for giving it away: paths below the folder that all share, labels, splits,
#'   what is known of the files, and groups by numbers; or `"none"`.
#' @returns The classifier, which from then on knows its folder.
#' @examplesIf tidycnn_ready()
#' folder <- file.path(tempdir(), "classifier-saved")
#' classifier <- cnn(c(32, 32, 3), 2, seed = 1) |>
#'   as_classifier(c("cat", "dog")) |>
#'   save_classifier(folder)
#' @family fit
#' @export
save_classifier <- function(classifier, folder, overwrite = FALSE, images = "all") {
  call_py("save_classifier")
  remember_folder(classifier, folder)
}

#' Load a classifier from a folder
#'
#' Nothing in the folder is run. Its archive is looked into first: a model with code of its own, or with parts that lead
#' elsewhere, is refused.
#'
#' @param folder Folder that [save_classifier()] wrote.
#' @param safe Whether to refuse a model that carries code, such as Lambda layers or classes outside Keras. Such code can
#'   do anything that you can: open what you trust only.
#' @returns The classifier. There is a warning where it was written under other versions.
#' @examplesIf tidycnn_ready()
#' folder <- file.path(tempdir(), "classifier-loaded")
#' cnn(c(32, 32, 3), 2, seed = 1) |>
#'   as_classifier(c("cat", "dog")) |>
#'   save_classifier(folder)
#' load_classifier(folder)
#' @family fit
#' @export
load_classifier <- function(folder, safe = TRUE) {
  loaded <- call_py("load_classifier")
  remember_folder(loaded, folder)
}
