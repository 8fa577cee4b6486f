#' Tell which base, and which of its layers, suits images
#'
#' A logistic regression learns the labels from what a layer gives, and predicts the images of a fold that it did not see:
#' a head of [fine_tune()] behind that layer can be expected to score about as well. A base runs once, however many of its
#' layers are asked for, and what they give is kept. [autoplot()] draws the answer.
#'
#' @param images A frame of images with labels, or a folder with one subfolder per class. Of a frame with `split`, rows of
#'   train and validation are divided into folds, and others are never read; one that has `fold`, as [vfold_images()]
#'   gives, is divided so.
#' @param bases A Keras model, mostly one without its last layers, or a classifier; or a list of several by their names. One
#'   that was trained on some of these images looks better than it is, which is told.
#' @param layers The layers whose output is taken: names as [list_layers()] has them, or positions there, the same of all
#'   bases, or a list of those of each by the name of the base; `"blocks"` for the last layer of each block, as
#'   [list_trainable()] has them. What a base itself gives where not given.
#' @param v How many folds.
#' @param generator How images are scaled, of all bases or, in a list, by the name of the base; never augmented here. Where
#'   `NULL`, grey levels are divided by 255, unless the base scales them itself. A classifier has its own.
#' @param target_size Height and width of the images; those of each base where not given.
#' @param exif Whether pictures are turned as their EXIF data say. A classifier has its own.
#' @param pooling What becomes of maps: the mean (`"avg"`) or the maximum (`"max"`) of each channel.
#' @param metrics Names of metrics, as [list_metrics()] lists them. The first is the one by which the best is told.
#' @param confidence How often such an interval covers the truth.
#' @param bootstraps How many samples are drawn again for intervals that have no formula.
#' @param group The column that tells which images belong together: they stay in one fold, and intervals count them as
#'   one. `NULL` for none.
#' @param control Of what [fit_control()] gives, `on_error`, `precision` and `threads`.
#' @param progress Whether to show how far the work has come.
#' @param seed Makes folds and drawn samples repeatable. Without it, it is drawn from R's own stream.
#' @returns A tibble, one row a base, layer and metric: `base`, `layer`, the columns of [score_predictions()],
#'   `.difference` (to the layer that is best by this row, 0 for itself), and its paired interval `.difference_lower` to
#'   `.difference_upper`.
#' @details
#' Numbers are brought to mean 0 and variance 1. How strongly weights are held down (L2) is chosen without the fold that is
#' predicted: the other folds are predicted best by that strength, each by the rest of them (least log loss). The best of
#' many is likely to have had luck, so differences to it are rather too large than too small.
#' @examplesIf tidycnn_ready()
#' folder <- tempfile("cells")
#' images <- make_blood_cells(folder, n = 400, size = 32, seed = 1)
#' base <- cnn(c(32, 32, 3), classes = 4, filters = c(4, 8), seed = 1)
#' linear_probe(images, base, c("pool_1", "pool_2"), seed = 1)
#' unlink(folder, recursive = TRUE)
#' @family fit
#' @export
linear_probe <- function(
  images,
  bases,
  layers = NULL,
  v = 5,
  generator = NULL,
  target_size = NULL,
  exif = TRUE,
  pooling = "avg",
  metrics = c("accuracy", "log_loss"),
  confidence = 0.95,
  bootstraps = 1000,
  group = "group",
  control = fit_control(),
  progress = TRUE,
  seed = NULL
) {
  call_py("linear_probe")
}
