# What crosses between R and Python: plain messages of lists, text and bytes; Python's side is `python/tidycnn/wire`.
# Numbers travel as the bytes that R and NumPy share, text as UTF-8 ended by NUL. reticulate only hands over lists,
# single values and raw vectors, so that no version of it, of NumPy or of pandas can change a value.
# `name` is what messages call the value, `call` the frame of the user's function.

# --- to Python -------------------------------------------------------------------------------------------------------

to_wire <- function(x, name, call) {
  if (inherits(x, "python.builtin.object")) {
    return(list(type = "handle", object = python_object(living_handle(x, name, call))))
  }
  if (is.null(x)) {
    return(list(type = "null"))
  }
  if (is.function(x) && !is.null(attr(x, "python_name"))) {
    return(to_wire(attr(x, "python_name"), name, call))
  }
  if (is.function(x)) {
    return(list(type = "function", name = name, call = function_for_python(x, call)))
  }
  if (is.data.frame(x)) {
    return(frame_to_wire(x, name, call))
  }
  if (inherits(x, "POSIXlt")) {
    x <- as.POSIXct(x)
  }
  if (is.list(x)) {
    return(list_to_wire(x, name, call))
  }
  c(vector_to_wire(x, name, call), list(dim = as_list_or_null(dim(x)), names = names_to_wire(x, name, call)))
}

frame_to_wire <- function(x, name, call) {
  columns <- unclass(x)
  labels <- as.character(names(columns))
  twice <- unique(labels[duplicated(labels)])
  if (length(twice) > 0) {
    abort_input("`%s` has several columns called %s.", name, quoted(twice), call = call)
  }
  list(
    type = "frame",
    names = text_to_wire(labels),
    columns = unname(Map(column_to_wire, columns, part_names(name, labels), MoreArgs = list(call = call))),
    n = nrow(x),
    groups = groups_to_wire(x)
  )
}

# By which columns dplyr has grouped a frame.
groups_to_wire <- function(x) {
  groups <- setdiff(names(attr(x, "groups")), ".rows")
  if (inherits(x, "grouped_df") && length(groups) > 0) text_to_wire(groups)
}

column_to_wire <- function(x, name, call) {
  if (inherits(x, "POSIXlt")) {
    x <- as.POSIXct(x)
  }
  if (is.list(x) || length(dim(x)) > 1) {
    kind <- c("data frame", "list", "matrix")[c(is.data.frame(x), is.list(x), TRUE)][[1]]
    abort_input(
      "`%s` is a %s column, which cannot cross to Python.",
      name,
      kind,
      hint = "Drop the column, or make one plain column of each of its parts.",
      call = call
    )
  }
  vector_to_wire(x, name, call)
}

list_to_wire <- function(x, name, call) {
  x <- unclass(x)
  labels <- names_to_wire(x, name, call)
  parts <- if (is.null(labels)) rep(name, length(x)) else part_names(name, names(x))
  list(type = "list", items = unname(Map(to_wire, x, parts, MoreArgs = list(call = call))), names = labels)
}

# One call of writeBin() writes 2 GiB at most.
BYTES <- c(logical = 4, integer = 4, double = 8, complex = 16, character = 1, raw = 1)

vector_to_wire <- function(x, name, call) {
  if (!is.atomic(x)) {
    abort_input("`%s` must be data, not an object of class %s.", name, class(x)[[1]], call = call)
  }
  if (length(x) * BYTES[[typeof(x)]] > .Machine$integer.max) {
    abort_input("`%s` is too large to cross to Python: %.0f values.", name, length(x), call = call)
  }
  kind <- vector_kind(x)
  c(list(type = kind, n = length(x)), vector_writers[[kind]](x, name, call))
}

vector_kind <- function(x) {
  known <- c(
    factor = "factor",
    Date = "date",
    POSIXct = "datetime",
    difftime = "difftime",
    integer64 = "integer64",
    tidycnn_drawn_seed = "drawn_seed"
  )
  found <- intersect(class(x), names(known))
  if (length(found) > 0) known[[found[[1]]]] else typeof(x)
}

write_numbers <- function(x, ...) list(data = writeBin(as.vector(unclass(x)), raw()))

vector_writers <- list(
  logical = write_numbers,
  integer = write_numbers,
  double = write_numbers,
  integer64 = write_numbers,
  drawn_seed = write_numbers,
  complex = write_numbers,
  raw = function(x, ...) list(data = as.vector(x)),
  character = function(x, ...) {
    x <- as.vector(unclass(x))
    list(data = text_to_wire(x), missing = writeBin(which(is.na(x)) - 1L, raw()))
  },
  factor = function(x, ...) {
    levels <- levels(x)
    codes <- as.integer(x)
    codes[codes %in% which(is.na(levels))] <- NA
    codes <- codes - cumsum(is.na(levels))[codes]
    list(data = writeBin(codes, raw()), levels = text_to_wire(levels[!is.na(levels)]), ordered = is.ordered(x))
  },
  date = function(x, name, call) list(data = times_to_wire(x, name, call)),
  datetime = function(x, name, call) list(data = times_to_wire(x, name, call), zone = time_zone(x)),
  difftime = function(x, name, call) {
    units(x) <- "secs"
    list(data = times_to_wire(x, name, call))
  }
)

# Python knows the years 1 to 9999.
DAYS_MIN <- -719162
DAYS_MAX <- 2932896

times_to_wire <- function(x, name, call) {
  numbers <- as.double(unclass(x))
  days <- if (inherits(x, "Date")) numbers else numbers / 86400
  if (any(days < DAYS_MIN | days >= DAYS_MAX + 1, na.rm = TRUE)) {
    abort_input("`%s` has a date or time outside the years 1 to 9999, which Python cannot hold.", name, call = call)
  }
  writeBin(numbers, raw())
}

# A time without a zone is shown by R in the zone of the session.
time_zone <- function(x) {
  zone <- attr(x, "tzone")[1]
  if (is.null(zone) || is.na(zone) || !nzchar(zone)) session_zone() else zone
}

# Sys.timezone() asks programs that complain aloud in containers, so it comes last.
session_zone <- function() {
  zones <- c(Sys.getenv("TZ"), sub("^.*/zoneinfo/", "", Sys.readlink("/etc/localtime")))
  zone <- intersect(zones, OlsonNames())
  if (length(zone) > 0) zone[[1]] else c(stats::na.omit(suppressWarnings(Sys.timezone())), "UTC")[[1]]
}

# Bytes of unknown encoding are UTF-8 already, or the name of an old file, which must stay as it is.
text_to_wire <- function(x) {
  keeps_bytes <- l10n_info()[["UTF-8"]] || Sys.getlocale("LC_CTYPE") %in% c("C", "POSIX")
  foreign <- Encoding(x) %in% c("latin1", if (!keeps_bytes) "unknown")
  if (any(foreign)) {
    x[foreign] <- enc2utf8(x[foreign])
  }
  writeBin(x, raw(), useBytes = TRUE)
}

names_to_wire <- function(x, name, call) {
  labels <- names(x)
  if (is.null(labels)) {
    return(NULL)
  }
  if (anyNA(labels) || any(!nzchar(labels)) || anyDuplicated(labels) > 0) {
    twice <- unique(labels[duplicated(labels) & nzchar(labels) & !is.na(labels)])
    abort_input(
      "`%s` must have a name for every value, each different, or no names at all%s.",
      name,
      if (length(twice) > 0) paste0(": twice there is ", quoted(twice)) else "",
      call = call
    )
  }
  text_to_wire(labels)
}

part_names <- function(name, labels) {
  if (length(labels) > 0) paste0(name, "$", labels) else character()
}

as_list_or_null <- function(x) {
  if (is.null(x)) NULL else as.list(x)
}

# --- from Python -----------------------------------------------------------------------------------------------------

# `make_handle` makes the R object of a message that stands for an object in Python.
from_wire <- function(message, make_handle) {
  switch(
    message$type,
    null = NULL,
    handle = make_handle(message),
    list = list_from_wire(message, make_handle),
    frame = frame_from_wire(message),
    raw = message$data,
    vector_from_wire(message)
  )
}

list_from_wire <- function(message, make_handle) {
  values <- lapply(message$items, from_wire, make_handle = make_handle)
  if (!is.null(message$names)) {
    names(values) <- text_from_wire(message$names, message$n)
  }
  values
}

frame_from_wire <- function(message) {
  columns <- as.list(unlist(lapply(message$columns, columns_from_wire), recursive = FALSE))
  names(columns) <- text_from_wire(message$names, length(columns))
  tibble::new_tibble(columns, nrow = as.integer(message$n))
}

# Many columns of numbers come as one matrix.
columns_from_wire <- function(message) {
  if (message$type != "block") {
    return(list(vector_from_wire(message)))
  }
  numbers <- readBin(message$data, "double", message$n * message$columns)
  lapply(seq_len(message$columns), function(i) numbers[(i - 1) * message$n + seq_len(message$n)])
}

vector_from_wire <- function(message) {
  values <- vector_readers[[message$type]](message)
  if (!is.null(message$dim)) {
    dim(values) <- unlist(message$dim)
  }
  values
}

vector_readers <- list(
  logical = function(message) readBin(message$data, "logical", message$n),
  integer = function(message) readBin(message$data, "integer", message$n),
  double = function(message) readBin(message$data, "double", message$n),
  complex = function(message) readBin(message$data, "complex", message$n),
  character = function(message) {
    values <- text_from_wire(message$data, message$n)
    values[readBin(message$missing, "integer", length(message$missing) / 4)] <- NA_character_
    values
  },
  factor = function(message) {
    structure(
      readBin(message$data, "integer", message$n),
      levels = text_from_wire(message$levels, message$levels_n),
      class = c(if (message$ordered) "ordered", "factor")
    )
  },
  date = function(message) structure(readBin(message$data, "double", message$n), class = "Date"),
  datetime = function(message) {
    structure(readBin(message$data, "double", message$n), class = c("POSIXct", "POSIXt"), tzone = message$zone)
  },
  difftime = function(message) {
    structure(readBin(message$data, "double", message$n), class = "difftime", units = "secs")
  }
)

# Old file names may hold bytes that are no UTF-8; those stay as they are.
text_from_wire <- function(data, n) {
  values <- readBin(data, "character", n)
  is_text <- validUTF8(values)
  if (all(is_text)) {
    Encoding(values) <- "UTF-8"
  } else {
    Encoding(values[is_text]) <- "UTF-8"
  }
  values
}
