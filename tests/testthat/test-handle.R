stand_in(
  "
class Box:
    '''A box.'''
    def __init__(self, content):
        self.content = content
        self._hidden = 1
    def __repr__(self):
        return f'<Box of {self.content!r}>'
    def add(self, number, times=1, scale=1.0):
        return [type(value).__name__ for value in (number, times, scale)]
    def itself(self):
        return self

class Caller(Box):
    def __call__(self):
        return 'called'

def make_box(content):
    return Box(content)

def make_caller(content):
    return Caller(content)

def boxes():
    return {'first': Box(1), 'rest': [Box(2), 'text']}

def echo(value):
    return value

def is_box(value):
    return isinstance(value, Box)
"
)
make_box <- function(content) call_py("make_box", module = "stand_in")
make_caller <- function(content) call_py("make_caller", module = "stand_in")
boxes <- function() call_py("boxes", module = "stand_in")
is_box <- function(value) call_py("is_box", module = "stand_in")

# An object as it comes back in another session, where the pointer to Python is dead.
dead <- function(object) {
  file <- withr::local_tempfile(fileext = ".rds")
  saveRDS(object, file)
  readRDS(file)
}

test_that("an object that cannot cross is a handle, with our class in front of reticulate's", {
  box <- make_box(1L)
  expect_s3_class(box, c("tidycnn_handle", "tidycnn.stand_in.Box", "python.builtin.object"), exact = TRUE)
  expect_true(is_box(box))
  expect_true(is_box(echo(box)))
})

test_that("handles come inside lists too", {
  found <- boxes()
  expect_identical(found$first$content, 1L)
  expect_identical(found$rest[[1]]$content, 2L)
  expect_identical(found$rest[[2]], "text")
})

test_that("`$` goes through the wire", {
  expect_identical(make_box(data.frame(x = c(1L, NA)))$content, tibble::tibble(x = c(1L, NA)))
  expect_identical(make_box("a")[["content"]], "a")
  expect_null(make_box(NULL)$content)
})

test_that("`$<-` changes the object", {
  box <- make_box(1L)
  box$content <- c(2, 3)
  expect_identical(box$content, c(2L, 3L))
})

test_that("methods are functions of R, and whole doubles arrive as Python expects them", {
  box <- make_box(1L)
  expect_identical(box$add(2, times = 3, scale = 4), c("int", "int", "float"))
  expect_s3_class(box$itself(), "tidycnn_handle")
})

test_that("an attribute that is not there is named, with those that are", {
  expect_error(make_box(1L)$contents, "<Box of 1> has no `contents`", class = "tidycnn_input_error")
  expect_error(make_box(1L)$contents, "'add', 'content' and 'itself'")
  expect_identical(.DollarNames(make_box(1L), "^con"), "content")
})

test_that("a handle prints as its object does", {
  box <- make_box("a {brace}")
  expect_output(print(box), "<Box of 'a {brace}'>", fixed = TRUE)
  expect_identical(format(box), "<Box of 'a {brace}'>")
  expect_output(str(box), "<Box of", fixed = TRUE)
})

test_that("an object that is callable in Python is an object, not an R function", {
  caller <- make_caller(1L)
  expect_identical(caller$content, 1L)
  as_function <- reticulate::import("tidycnn", convert = TRUE)$stand_in$make_caller(1L)
  expect_true(is.function(as_function))
  expect_true(is_box(as_function))
  expect_output(print(caller), "<Box of 1>")
})

test_that("an object of an earlier session says what it was and how to get it back", {
  for (old in list(dead(make_box(1L)), dead(make_caller(1L)))) {
    expect_output(print(old), "<Box of 1>\n(from an R session that has ended: make it again)", fixed = TRUE)
    expect_error(is_box(old), "`value` was made in an R session that has ended", class = "tidycnn_input_error")
    expect_error(old$content, "session that has ended", class = "tidycnn_input_error")
    expect_output(str(old), "session that has ended")
    expect_match(as.character(old), "session that has ended")
    expect_identical(utils::.DollarNames(old, ""), character())
  }
})

test_that("a classifier of an earlier session is read again from its folder", {
  box <- remember_folder(make_box(1L), "a folder")
  old <- dead(box)
  times <- 0
  local_stand_in("load_classifier", function(folder, ...) {
    times <<- times + 1
    make_box(basename(folder))
  })
  expect_output(print(old), "read again from .*a folder")
  expect_identical(old$content, "a folder")
  old$content <- "another"
  expect_identical(old$content, "another")
  expect_output(print(old), "<Box of 'another'>", fixed = TRUE)
  expect_identical(times, 1)
  expect_output(print(dead(old)), "read again from .*a folder")
})

test_that("a classifier whose folder is gone says which one it was", {
  old <- dead(remember_folder(make_box(1L), file.path(tempdir(), "gone")))
  expect_error(is_box(old), "cannot be read again from '.*gone'", class = "tidycnn_input_error")
})

test_that("whatever is done with an object of an earlier session is refused in our words", {
  skip_if_not_ready()
  images <- local_toy_images(n = 2)
  model <- toy_model()
  olds <- lapply(
    list(
      classifier = as_classifier(model, c("cat", "dog")),
      model = model,
      generator = image_data_generator(),
      flow = flow_images(images, target_size = c(8, 8)),
      layer = layer_dense(units = 2)
    ),
    dead
  )
  uses <- list(
    any = list(
      function(x) x$levels,
      function(x) x[["levels"]],
      function(x) x["levels"],
      function(x) x$levels <- "a",
      function(x) x[["levels"]] <- "a",
      names
    ),
    classifier = list(
      function(x) predict(x, images),
      function(x) predict_images(x, images),
      function(x) augment(x, images),
      function(x) save_classifier(x, tempfile()),
      summary,
      tidy,
      glance,
      ggplot2::autoplot
    ),
    model = list(
      function(x) predict(x, images),
      function(x) fit_classifier(x, images),
      function(x) compile(x, loss = "mse", optimizer = "sgd"),
      function(x) save_model_hdf5(x, tempfile(fileext = ".h5")),
      function(x) x(1),
      summary,
      tidy
    ),
    generator = list(function(x) flow_images(images, generator = x)),
    flow = list(function(x) predict(model, x), ggplot2::autoplot, show_batch, generator_next),
    layer = list(function(x) x(model))
  )
  for (kind in names(olds)) {
    for (use in c(uses$any, uses[[kind]])) {
      info <- paste(kind, paste(deparse(use), collapse = " "))
      expect_error(use(olds[[kind]]), "was made in an R session that has ended", class = "tidycnn_error", info = info)
    }
    expect_output(print(olds[[kind]]), "from an R session that has ended: make it again", info = kind)
  }
})

test_that("models, flows and generators have a class of their own", {
  skip_if_not_ready()
  model <- call_engine("cnn", list(input_shape = c(32, 32, 3), classes = 2, seed = 1))
  expect_s3_class(model, "tidycnn_model")
  expect_s3_class(model, "tidycnn_handle")
  expect_match(format(model), "^<Keras model '.*': [0-9]+ layers, input 32x32x3, [0-9,]+ parameters>$")
  expect_s3_class(call_engine("image_data_generator", list()), "tidycnn_generator")
})
