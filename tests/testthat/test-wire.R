stand_in(
  "
import numpy as np
import pandas as pd

def echo(value):
    return value

def kind_of(value):
    return type(value).__name__

def repr_of(value):
    return repr(value)

def types_of(frame):
    return [str(dtype) for dtype in frame.dtypes]

def python_frame(n):
    whole = {
        'category': pd.Categorical(['b', None, 'a'], categories=['b', 'a', 'c'], ordered=True),
        'numbers': pd.Categorical([2, None, 1]),
        'Int64': pd.array([1, None, 3], dtype='Int64'),
        'UInt8': pd.array([1, None, 3], dtype='UInt8'),
        'boolean': pd.array([True, None, False], dtype='boolean'),
        'string': pd.array(['é', None, '😀'], dtype='string'),
        'Float64': pd.array([1.5, None, 3.0], dtype='Float64'),
        'int8': np.array([1, -2, 3], dtype='int8'),
        'uint32': np.array([1, 2, 4294967295], dtype='uint32'),
        'int64': np.array([1, 2, 2**40], dtype='int64'),
        'float32': np.array([0.5, np.nan, np.inf], dtype='float32'),
        'bool': np.array([True, False, True]),
        'text': pd.Series(['a', None, 'b'], dtype=object),
        'truths': pd.Series([True, None, False], dtype=object),
        'wholes': pd.Series([1, None, 3], dtype=object),
        'reals': pd.Series([1.5, None, float('nan')], dtype=object),
        'dates': pd.Series([__import__('datetime').date(2024, 2, 29), None, None], dtype=object),
        'moments': pd.to_datetime(pd.Series(['2024-02-29 12:00:00', None, '1850-01-01 00:00:00'])).dt.as_unit('ms'),
        'zoned': pd.to_datetime(pd.Series(['2024-02-29 12:00:00', None, None])).dt.tz_localize('Europe/Berlin'),
        'spans': pd.to_timedelta(pd.Series([1.5, None, 3], dtype='float64'), unit='s'),
        'complex': np.array([1j, 2, 3]),
    }
    return pd.DataFrame(whole).iloc[:n]

def array_of(kind, order):
    return np.arange(24).reshape(2, 3, 4).astype(kind).copy(order)

def reversed_view():
    return np.arange(6).reshape(2, 3)[::-1, ::2]

def bfloat16():
    import ml_dtypes
    return np.array([[1.5, 2.0]], dtype=ml_dtypes.bfloat16)
"
)
kind_of <- function(value) call_py("kind_of", module = "stand_in")
repr_of <- function(value) call_py("repr_of", module = "stand_in")
types_of <- function(frame) call_py("types_of", module = "stand_in")
python_frame <- function(n) call_py("python_frame", module = "stand_in")
array_of <- function(kind, order) call_py("array_of", module = "stand_in")

columns <- list(
  logical = c(TRUE, NA, FALSE),
  integer = c(1L, NA, -.Machine$integer.max),
  double = c(NA, NaN, 1 / 3),
  infinite = c(Inf, -Inf, 0),
  complex = c(1i, 2 + 0i, -1.5),
  character = c("", NA, "two words"),
  wide = c("日本語", "\U1F600\U1F468\U200D\U1F469\U200D\U1F467", "e\u0301 \u00e9 {brace}"),
  na_text = c("NA", NA, "None"),
  factor = factor(c("b", NA, "a"), levels = c("b", "unused", "a")),
  ordered = factor(c("low", NA, "high"), levels = c("low", "high"), ordered = TRUE),
  date = as.Date(c("2024-02-29", NA, "0001-01-01")),
  datetime = as.POSIXct(c("2024-03-31 03:30:00", NA, "1850-01-01 00:00:01"), tz = "Europe/Berlin"),
  utc = as.POSIXct(c(0, NA, 1700000000.125), origin = "1970-01-01", tz = "UTC"),
  difftime = as.difftime(c(0, NA, -2.5), units = "secs")
)

for (kind in names(columns)) {
  for (n in c(0, 1, 3)) {
    test_that(paste("a column of kind", kind, "crosses both ways at", n, "rows"), {
      frame <- data.frame(column = columns[[kind]][seq_len(n)])
      expect_identical(as.data.frame(echo(frame)), frame)
    })
  }
}

test_that("a column with a missing first value keeps its kind", {
  frame <- data.frame(lapply(columns, function(column) column[2]))
  expect_identical(as.data.frame(echo(frame)), frame)
})

test_that("NA and NaN stay apart, in columns and alone", {
  expect_identical(is.nan(echo(data.frame(x = c(NA, NaN)))$x), c(FALSE, TRUE))
  expect_identical(repr_of(NA_real_), "NA")
  expect_identical(repr_of(NaN), "nan")
})

test_that("columns arrive in Python as what they are", {
  frame <- data.frame(columns[c("logical", "integer", "double", "character", "ordered", "datetime")])
  expect_identical(
    types_of(frame),
    c("boolean", "Int64", "float64", "object", "category", "datetime64[us, Europe/Berlin]")
  )
})

test_that("frames of every make cross as plain tibbles", {
  frame <- data.frame(x = 1:2, y = c("a", "b"), row.names = c("first", "second"))
  plain <- tibble::tibble(x = 1:2, y = c("a", "b"))
  expect_identical(echo(frame), plain)
  expect_identical(echo(plain), plain)
  made <- structure(frame, class = c("data.table", "data.frame"))
  expect_identical(echo(made), plain)
  skip_if_not_installed("dplyr")
  expect_identical(kind_of(dplyr::group_by(plain, y)), "DataFrameGroupBy")
  expect_identical(echo(dplyr::rowwise(plain)), plain)
})

test_that("frames without rows or columns keep the other", {
  expect_identical(dim(echo(data.frame())), c(0L, 0L))
  expect_identical(dim(echo(data.frame(row.names = 1:3))), c(3L, 0L))
  expect_identical(names(echo(data.frame(a = character()))), "a")
})

test_that("strange names of columns cross", {
  frame <- tibble::tibble(`a b` = 1, `é` = 2, .pred_x = 3, `from` = 4)
  expect_identical(echo(frame), frame)
})

test_that("a time without a zone keeps its instant", {
  time <- as.POSIXct("2024-02-29 12:00:00")
  expect_equal(as.numeric(echo(data.frame(time = time))$time), as.numeric(time))
})

test_that("times kept as lists, subclasses and 64-bit integers cross as plain columns", {
  frame <- data.frame(x = 1)
  frame$x <- as.POSIXlt("2024-02-29 12:00:00", tz = "UTC")
  expect_identical(echo(frame)$x, as.POSIXct("2024-02-29 12:00:00", tz = "UTC"))
  expect_identical(echo(data.frame(path = I("a/b")))$path, "a/b")
  expect_identical(echo(structure(c(5e-324, -0), class = "integer64")), c(1L, NA))
})

test_that("list, matrix and frame columns are refused by name", {
  frame <- data.frame(id = 1:2)
  for (column in list(list(1, 2), matrix(1:4, 2), data.frame(a = 1:2))) {
    frame$nested <- column
    expect_error(echo(frame), "`value$nested` is a", fixed = TRUE, class = "tidycnn_input_error")
  }
})

test_that("columns that R cannot tell apart are refused by name", {
  frame <- stats::setNames(data.frame(1, 2), c("x", "x"))
  expect_error(echo(frame), "several columns called 'x'", class = "tidycnn_input_error")
})

test_that("dates that Python cannot hold are refused by name", {
  expect_error(echo(data.frame(day = as.Date(Inf, origin = "1970-01-01"))), "`value$day`", fixed = TRUE)
})

test_that("every kind of column that pandas has crosses to R", {
  frame <- python_frame(3L)
  expect_identical(frame$category, factor(c("b", NA, "a"), levels = c("b", "a", "c"), ordered = TRUE))
  expect_identical(frame$numbers, factor(c("2", NA, "1")))
  expect_identical(frame$Int64, c(1L, NA, 3L))
  expect_identical(frame$UInt8, c(1L, NA, 3L))
  expect_identical(frame$boolean, c(TRUE, NA, FALSE))
  expect_identical(frame$string, c("é", NA, "\U1F600"))
  expect_identical(frame$Float64, c(1.5, NA, 3))
  expect_identical(frame$int8, c(1L, -2L, 3L))
  expect_identical(frame$uint32, c(1, 2, 4294967295))
  expect_identical(frame$int64, c(1, 2, 2^40))
  expect_identical(frame$float32, c(0.5, NaN, Inf))
  expect_identical(frame$bool, c(TRUE, FALSE, TRUE))
  expect_identical(frame$text, c("a", NA, "b"))
  expect_identical(frame$truths, c(TRUE, NA, FALSE))
  expect_identical(frame$wholes, c(1L, NA, 3L))
  expect_identical(frame$reals, c(1.5, NA, NaN))
  expect_identical(frame$dates, as.Date(c("2024-02-29", NA, NA)))
  expect_identical(frame$moments, as.POSIXct(c("2024-02-29 12:00:00", NA, "1850-01-01 00:00:00"), tz = "UTC"))
  expect_identical(frame$zoned, as.POSIXct(c("2024-02-29 12:00:00", NA, NA), tz = "Europe/Berlin"))
  expect_identical(frame$spans, as.difftime(c(1.5, NA, 3), units = "secs"))
  expect_identical(frame$complex, c(1i, 2 + 0i, 3 + 0i))
})

test_that("columns of pandas keep their classes at 1 and 0 rows", {
  of_objects <- c("text", "truths", "wholes", "reals", "dates")
  classes <- lapply(python_frame(3L), class)
  classes$uint32 <- classes$int64 <- "integer"
  expect_identical(lapply(python_frame(1L), class), classes)
  classes[of_objects] <- "character"
  expect_identical(lapply(python_frame(0L), class), classes)
})

test_that("values that R cannot hold are refused by name", {
  stand_in(
    "
def large(): return pd.DataFrame({'id': [2**60]})
def lists(): return pd.DataFrame({'box': [[1, 2]]})
def nul(): return 'a\\0b'
def twins(): return pd.DataFrame([[1, 2]], columns=['x', 'x'])
"
  )
  large <- function() call_py("large", module = "stand_in")
  lists <- function() call_py("lists", module = "stand_in")
  nul <- function() call_py("nul", module = "stand_in")
  twins <- function() call_py("twins", module = "stand_in")
  expect_error(large(), "`large$id` has the whole number 1152921504606846976", fixed = TRUE)
  expect_error(lists(), "`lists$box` cannot cross to R", fixed = TRUE)
  expect_error(nul(), "NUL")
  expect_error(twins(), "several columns called 'x'")
})

arrays <- c(
  "bool",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float16",
  "float32",
  "float64"
)

for (kind in arrays) {
  test_that(paste("an array of", kind, "crosses to R in either order"), {
    expected <- aperm(array(0:23, c(4, 3, 2)))
    storage.mode(expected) <- if (kind == "bool") {
      "logical"
    } else if (grepl("float", kind)) {
      "double"
    } else {
      "integer"
    }
    expect_identical(array_of(kind, "C"), expected)
    expect_identical(array_of(kind, "F"), expected)
  })
}

test_that("complex, text, bfloat16 and strided arrays cross to R", {
  reversed_view <- function() call_py("reversed_view", module = "stand_in")
  bfloat16 <- function() call_py("bfloat16", module = "stand_in")
  expect_identical(array_of("complex128", "C")[2, 3, 4], 23 + 0i)
  expect_identical(array_of("U2", "C")[2, 3, 4], "23")
  expect_identical(reversed_view(), matrix(c(3L, 0L, 5L, 2L), 2))
  expect_identical(bfloat16(), matrix(c(1.5, 2), 1))
})

test_that("arrays of R cross both ways, with their shape and their missing values", {
  text <- matrix(c("a", NA, "b", "c"), 2)
  for (x in list(array(1:24, c(2, 3, 4)), array(c(1.5, NaN), 2), array(TRUE, c(1, 1)), array(1i, c(1, 2)), text)) {
    expect_identical(echo(x), x)
  }
  expect_identical(echo(array(0, c(0, 3))), array(0, c(0, 3)))
  expect_identical(echo(matrix(c(1L, NA), 1)), matrix(c(1, NA), 1))
  expect_identical(kind_of(matrix(1:4, 2)), "ndarray")
})

test_that("single values, vectors and lists arrive as Python's own", {
  expect_identical(kind_of(NULL), "NoneType")
  expect_identical(kind_of(TRUE), "bool")
  expect_identical(kind_of(1L), "int")
  expect_identical(kind_of(1), "float")
  expect_identical(kind_of("a"), "str")
  expect_identical(kind_of(as.raw(1)), "bytes")
  expect_identical(kind_of(factor("a")), "str")
  expect_identical(kind_of(factor(c("a", "b"))), "Series")
  expect_identical(kind_of(as.Date("2024-02-29")), "date")
  expect_identical(kind_of(data.frame()), "DataFrame")
  expect_identical(kind_of(mean), "RFunction")
  expect_identical(repr_of(c(1.5, NA)), "[1.5, NA]")
  expect_identical(repr_of(character()), "[]")
  expect_identical(repr_of(c(train = 0.7, test = 0.3)), "{'train': 0.7, 'test': 0.3}")
  expect_identical(repr_of(list(1L, "a", NULL)), "[1, 'a', None]")
  expect_identical(repr_of(list(a = c(x = TRUE), b = list())), "{'a': {'x': True}, 'b': []}")
})

test_that("lists and dicts of Python arrive as R's own", {
  for (x in list(TRUE, 1L, 1.5, "é", 1i, as.raw(1:3), c("a", "b"), list(a = 1L, b = list("x", 2.5)), list())) {
    expect_identical(echo(x), x)
  }
  stand_in("def mixed(): return {'size': (None, 150), 'none': None, 'both': [1, 2.5], 'rows': [[1, 2], [3, 4]]}")
  mixed <- function() call_py("mixed", module = "stand_in")
  expect_identical(
    mixed(),
    list(size = c(NA, 150L), none = NULL, both = c(1, 2.5), rows = list(1:2, 3:4))
  )
})

test_that("half-named values and what is no data are refused by name", {
  expect_error(echo(c(a = 1, 2)), "`value` must have a name for every value", class = "tidycnn_input_error")
  expect_error(echo(list(a = 1, a = 2)), "each different", class = "tidycnn_input_error")
  expect_error(echo(list(part = quote(x))), "`value$part` must be data", fixed = TRUE, class = "tidycnn_input_error")
  expect_error(echo(new.env()), "not an object of class environment", class = "tidycnn_input_error")
})

test_that("text in other encodings arrives as what it says, broken bytes as they are", {
  latin <- "caf\xe9"
  Encoding(latin) <- "latin1"
  expect_identical(echo(latin), "caf\u00e9")
  broken <- "caf\xe9"
  expect_identical(charToRaw(echo(broken)), charToRaw(broken))
})

test_that("100,000 rows of 6 columns come back as they went", {
  n <- 1e5
  frame <- tibble::tibble(
    path = paste0("folder/image ", seq_len(n), ".jpeg"),
    label = factor(rep_len(letters, n)),
    width = seq_len(n),
    score = seq_len(n) / 7,
    split = rep_len(c("train", NA), n),
    ok = rep_len(c(TRUE, NA, FALSE), n)
  )
  expect_identical(echo(frame), frame)
})
