test_that("R takes its Python in the promised order", {
  skip_on_os("windows")
  local_no_python()
  expect_null(find_python())

  home <- withr::local_tempdir()
  made <- file.path(home, "r-tidycnn", "bin", "python")
  dir.create(dirname(made), recursive = TRUE)
  file.create(made)
  withr::local_envvar(WORKON_HOME = home)
  expect_identical(find_python()[c("path", "source")], list(path = made, source = "installed"))

  project <- local_python()
  deeper <- file.path(dirname(dirname(dirname(project))), "deeper")
  dir.create(deeper)
  withr::local_dir(deeper)
  expect_identical(normalizePath(find_python()$path), normalizePath(project))
  expect_identical(find_python()$source, "project")

  withr::local_envvar(TIDYCNN_PYTHON = "/one/python")
  expect_identical(find_python()[c("path", "source")], list(path = "/one/python", source = "TIDYCNN_PYTHON"))
  withr::local_envvar(RETICULATE_PYTHON = "/two/python")
  expect_identical(find_python()[c("path", "source")], list(path = "/two/python", source = "RETICULATE_PYTHON"))
  local_stand_in("running_python", function() "/three/python")
  expect_identical(find_python()[c("path", "source")], list(path = "/three/python", source = "running"))
})

test_that("a .venv that lacks what we need is passed over, unless it is that of our own checkout", {
  skip_on_os("windows")
  local_no_python()
  project <- local_python(missing = "pandas")
  folder <- dirname(dirname(dirname(project)))
  withr::local_dir(folder)
  expect_null(find_python())
  writeLines("Package: tidycnn", file.path(folder, "DESCRIPTION"))
  expect_identical(find_python()$source, "project")
})

test_that("a Python that lacks packages is named, with why it was taken and with the mend", {
  skip_on_os("windows")
  local_no_python()
  path <- local_python(missing = "cv2 pandas tensorflow")
  withr::local_envvar(RETICULATE_PYTHON = path)
  error <- expect_error(start_python(environment()), class = "tidycnn_dependency_error")
  expect_match(conditionMessage(error), path, fixed = TRUE)
  expect_match(
    conditionMessage(error),
    "RETICULATE_PYTHON says so) lacks opencv-python-headless, pandas.",
    fixed = TRUE
  )
  expect_match(conditionMessage(error), "Tools > Global Options > Python", fixed = TRUE)
  expect_false(tidycnn_ready())
})

test_that("a Python that is too old, not shared or not there is named", {
  skip_on_os("windows")
  local_no_python()
  problem_of <- function(path) python_problem(list(path = path, source = "TIDYCNN_PYTHON", why = "so"))
  expect_identical(problem_of(local_python("3.9.1")), "is of version 3.9.1, but 3.10 or newer is needed")
  expect_identical(problem_of(local_python(shared = "False")), "has no shared library, which R needs to load it")
  expect_identical(problem_of("/no/such/python"), "does not start")
  expect_null(problem_of(local_python()))
})

test_that("a Python without TensorFlow will do for frames, but the examples are not run", {
  skip_on_os("windows")
  local_no_python()
  path <- local_python(missing = "tensorflow")
  withr::local_envvar(TIDYCNN_PYTHON = path)
  expect_null(python_problem(find_python()))
  expect_false(tidycnn_ready())
})

test_that("without any Python the error says what to do", {
  local_no_python()
  local_stand_in("has_py_require", function() FALSE)
  expect_error(start_python(environment()), "install_tidycnn()", fixed = TRUE, class = "tidycnn_dependency_error")
  expect_false(tidycnn_ready())
})

test_that("where reticulate has py_require(), it is asked for what we need", {
  asked <- NULL
  require_python(function(packages, python_version) asked <<- list(packages, python_version))
  expect_identical(asked[[2]], ">=3.10")
  expect_true(all(c(readLines(requirements_file()), TENSORFLOW$cpu) %in% asked[[1]]))

  local_no_python()
  asked <- FALSE
  local_stand_in("has_py_require", function() TRUE)
  local_stand_in("require_python", function() asked <<- TRUE)
  local_stand_in("put_engine_first", function() NULL)
  local_stand_in("share_temporary_folder", function() NULL)
  start_python(environment())
  expect_true(asked)
})

test_that("install_tidycnn() installs the requirements, TensorFlow and the pins that reticulate needs", {
  ran <- NULL
  local_stand_in("make_virtualenv", function(envname, python) "/new/python")
  local_stand_in("run_program", function(command, arguments, ...) {
    constraints <- readLines(arguments[[which(arguments == "-c") + 1]])
    ran <<- list(command = command, arguments = arguments, constraints = constraints)
    0L
  })
  expect_identical(install_tidycnn(extra = "gpu"), "/new/python")
  expect_identical(ran$command, "/new/python")
  expect_true(all(c(requirements_file(), "tensorflow[and-cuda]>=2.18") %in% ran$arguments))
  expect_identical(ran$constraints, python_constraints(utils::packageVersion("reticulate")))
  expect_identical(python_constraints("1.28"), c("numpy<2", "pandas<3"))
  expect_identical(python_constraints("1.42"), character())
})

test_that("install_tidycnn() names a wrong extra and a pip that fails", {
  expect_error(install_tidycnn(extra = "tpu"), "`extra` must be one of 'cpu'", class = "tidycnn_input_error")
  local_stand_in("make_virtualenv", function(envname, python) "/new/python")
  local_stand_in("run_program", function(...) 1L)
  expect_error(install_tidycnn(), "pip could not install", class = "tidycnn_dependency_error")
})

test_that("a package without its Python part names the cause", {
  local_stand_in("engine_folder", function() tempdir())
  expect_error(start_python(environment()), "without symbolic links", class = "tidycnn_dependency_error")
})

test_that("R uses the engine of the installed package, and child processes find it", {
  stand_in(
    "
import subprocess, sys
import tidycnn
def home(): return tidycnn.__file__
def home_of_child():
    return subprocess.run([sys.executable, '-c', 'import tidycnn; print(tidycnn.__file__)'], capture_output=True,
                          text=True, cwd='/').stdout.strip()
"
  )
  home <- function() call_py("home", module = "stand_in")
  home_of_child <- function() call_py("home_of_child", module = "stand_in")
  expect_identical(normalizePath(home()), normalizePath(file.path(engine_folder(), "tidycnn", "__init__.py")))
  expect_identical(home_of_child(), home())
})

test_that("import_names() knows every requirement by the name that Python imports", {
  skip_if_not_ready()
  expect_identical(inspect_python(find_python()$path)$lacking, character())
})
