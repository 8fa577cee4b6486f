# Handles: Python objects that R holds. They carry a class of ours in front, so that nothing that reticulate or keras
# registers is overwritten, and `$` on them goes through the wire.

# Give the function that makes R's object for a message, out of the objects that came with the answer.
handle_maker <- function(kept) {
  force(kept)
  function(message) {
    object <- reticulate::py_get_item(reticulate::py_get_attr(kept, "objects"), as.integer(message$position))
    if (message$is_function) method_of(object) else new_handle(object, message)
  }
}

new_handle <- function(object, message) {
  attr(object, "described") <- message$described
  attr(object, "folder") <- message$folder
  class(object) <- unique(c(as.character(message$classes), "tidycnn_handle", class(object)))
  if (inherits(object, "tidycnn_layer")) as_step(object) else object
}

# A method of a Python object, as a function of R.
method_of <- function(method) {
  function(...) {
    arguments <- list(...)
    labels <- rlang::names2(arguments)
    call_engine(
      "call_object",
      list(`function` = method, arguments = unname(arguments[labels == ""]), named = arguments[labels != ""]),
      module = "bridge"
    )
  }
}

# Tell whether the session that made the object has ended.
is_dead <- function(x) {
  reticulate::py_is_null_xptr(python_object(x))
}

# A handle that is a step of a pipe is a function, and holds its object.
python_object <- function(x) {
  if (is.function(x)) attr(x, "py_object", exact = TRUE) else x
}

# Give the object, or what was read anew in its place; NULL where both are of sessions that have ended.
alive <- function(x) {
  again <- attr(x, "again", exact = TRUE)
  if (!is_dead(x)) {
    x
  } else if (!is.null(again) && !is_dead(again)) {
    again
  }
}

# Give the object, read anew from its folder, once in a session, where its own has ended.
living_handle <- function(x, name, call) {
  living <- alive(x)
  if (!is.null(living)) {
    return(living)
  }
  folder <- attr(x, "folder", exact = TRUE)
  if (is.null(folder)) {
    abort_input(
      "`%s` was made in an R session that has ended, and Python objects end with it.",
      name,
      hint = "Make it again, or load what was saved with `save_classifier()` or `save_model_hdf5()`.",
      call = call
    )
  }
  attr(x, "again") <- tryCatch(read_again(x, folder), tidycnn_error = function(error) {
    abort_input(
      "`%s` was made in an R session that has ended, and cannot be read again from %s.",
      name,
      quoted(folder),
      hint = conditionMessage(error),
      call = call
    )
  })
  attr(x, "again")
}

read_again <- function(x, folder) {
  if (inherits(x, "tidycnn_job")) {
    call_engine("job_at", list(job = folder), module = "fit.jobs")
  } else {
    load_classifier(folder)
  }
}

# Remember the folder that a classifier was saved to or loaded from, so that it can be read again in a later session.
# Handles are environments: the user's own object changes with this one.
remember_folder <- function(classifier, folder) {
  attr(classifier, "folder") <- normalizePath(folder, winslash = "/", mustWork = FALSE)
  classifier
}

#' @export
format.tidycnn_handle <- function(x, ...) {
  living <- alive(x)
  if (is.null(living)) {
    folder <- attr(x, "folder", exact = TRUE)
    back <- if (is.null(folder)) "make it again" else paste("it is read again from", folder)
    return(paste0(attr(x, "described"), "\n(from an R session that has ended: ", back, ")"))
  }
  call_engine("describe_object", list(value = living), module = "wire.objects")
}

# A job goes on without the session that it was started in: what its folder tells now is printed.
#' @export
format.tidycnn_job <- function(x, ...) {
  tryCatch(living_handle(x, "x", environment()), tidycnn_error = function(error) NULL)
  NextMethod()
}

#' @export
as.character.tidycnn_handle <- function(x, ...) {
  format(x)
}

#' @export
print.tidycnn_handle <- function(x, ...) {
  cat(format(x), "\n", sep = "")
  invisible(x)
}

#' @importFrom utils str
#' @export
str.tidycnn_handle <- function(object, ...) {
  cat(" ", format(object), "\n", sep = "")
}

#' @export
`$.tidycnn_handle` <- function(x, name) {
  call_engine("get_attribute", list(object = x, name = name), module = "bridge")
}

#' @export
`[[.tidycnn_handle` <- function(x, i) {
  call_engine("get_attribute", list(object = x, name = i), module = "bridge")
}

#' @export
`$<-.tidycnn_handle` <- function(x, name, value) {
  call_engine("set_attribute", list(object = x, name = name, value = value), module = "bridge")
  x
}

#' @export
`[[<-.tidycnn_handle` <- function(x, i, value) {
  call_engine("set_attribute", list(object = x, name = i, value = value), module = "bridge")
  x
}

#' @export
`[.tidycnn_handle` <- function(x, ...) {
  living <- living_handle(x, "x", environment())
  if (is_dead(x)) living[...] else NextMethod()
}

#' @export
names.tidycnn_handle <- function(x) {
  call_engine("list_attributes", list(object = x), module = "bridge")
}

# Asked by the completion of editors, which must not stop.
#' @importFrom utils .DollarNames
#' @export
.DollarNames.tidycnn_handle <- function(x, pattern = "") {
  if (is.null(alive(x))) character() else grep(pattern, names(x), value = TRUE)
}
