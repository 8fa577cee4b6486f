# Both languages have the same functions with the same arguments, defaults, titles and documented parameters.
# What stands in shared/exceptions.csv is excepted, here and in tests/python/test_drift.py.

skip_if_not_ready()

stand_in(
  "
import inspect
import typing

import docstring_parser

import tidycnn
from tidycnn.core.checks import coerce


def public_names():
    return [name for name in sorted(tidycnn.__all__) if inspect.isfunction(getattr(tidycnn, name))]


def documented(name):
    function = getattr(tidycnn, name)
    document = docstring_parser.parse(inspect.getdoc(function), docstring_parser.DocstringStyle.NUMPYDOC)
    named = [part for parameter in document.params for part in parameter.arg_name.split(', ')]
    parameters = inspect.signature(function).parameters.values()
    return {
        'title': document.short_description.rstrip('.').replace('`', ''),
        'parameters': [parameter.name.rstrip('_') for parameter in parameters if not is_further(parameter)],
        'takes_further': any(map(is_further, parameters)),
        'documented': list(dict.fromkeys('...' if part.startswith('*') else part.rstrip('_') for part in named)),
    }


def is_further(parameter):
    return parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)


def differing_defaults(name, defaults, needed):
    function = getattr(tidycnn, name)
    hints = typing.get_type_hints(function)
    differing = []
    for parameter in inspect.signature(function).parameters.values():
        if is_further(parameter):
            continue
        key = parameter.name.rstrip('_')
        if parameter.default is parameter.empty or key in needed:
            is_same = parameter.default is parameter.empty and key in needed
        else:
            r, python = (coerce(value, hints[parameter.name], key) for value in (defaults[key], parameter.default))
            is_same = r == python
        if not is_same:
            differing.append(key)
    return differing
"
)
public_names <- function() call_py("public_names", module = "stand_in")
documented <- function(name) call_py("documented", module = "stand_in")
differing_defaults <- function(name, defaults, needed) call_py("differing_defaults", module = "stand_in")

excepted <- utils::read.csv(test_path("shared", "exceptions.csv"))
excepted <- excepted[excepted$language != "both", ]
in_python <- setdiff(public_names(), excepted$name)
in_r <- setdiff(getNamespaceExports("tidycnn"), c(excepted$name, LEFT_OUT))

test_that("every public function of Python is exported by R, and the other way round", {
  expect_identical(setdiff(in_python, in_r), character())
  expect_identical(setdiff(in_r, in_python), character())
})

test_that("what is excepted exists", {
  expect_identical(setdiff(excepted$name[excepted$language == "r"], getNamespaceExports("tidycnn")), character())
})

text_of <- function(page, tag) {
  parts <- Filter(function(part) identical(attr(part, "Rd_tag"), tag), page)
  vapply(parts, function(part) trimws(gsub("\\s+", " ", paste(unlist(part), collapse = ""))), "")
}

pages <- tools::Rd_db("tidycnn")
aliases <- lapply(pages, function(page) text_of(page, "\\alias"))
page_of <- function(name) pages[[which(vapply(aliases, function(names) name %in% names, TRUE))[[1]]]]

parameters_of <- function(page) {
  arguments <- Filter(function(part) identical(attr(part, "Rd_tag"), "\\arguments"), page)[1]
  items <- Filter(function(part) identical(attr(part, "Rd_tag"), "\\item"), unlist(arguments, recursive = FALSE))
  names <- vapply(items, function(item) paste(unlist(item[[1]]), collapse = ""), "")
  names[!nzchar(names)] <- "..." # Which is a macro there.
  trimws(unlist(strsplit(names, ",", fixed = TRUE)))
}

for (name in intersect(in_python, in_r)) {
  test_that(paste0(name, "() has the same arguments and defaults in both languages"), {
    arguments <- formals(getExportedValue("tidycnn", name))
    expect_identical(as.character(setdiff(names(arguments), "...")), as.character(documented(name)$parameters))
    expect_identical("..." %in% names(arguments), documented(name)$takes_further)
    is_needed <- vapply(arguments, identical, TRUE, quote(expr = ))
    defaults <- lapply(arguments[!is_needed], eval, asNamespace("tidycnn"))
    expect_identical(
      as.character(differing_defaults(name, defaults, as.list(names(arguments)[is_needed]))),
      character()
    )
  })

  test_that(paste0(name, "() has the same title and documented parameters in both languages"), {
    page <- page_of(name)
    expect_identical(text_of(page, "\\title"), documented(name)$title)
    expect_setequal(parameters_of(page), as.character(documented(name)$documented))
  })
}
