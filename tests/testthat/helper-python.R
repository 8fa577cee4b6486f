# A folder with a program that answers as a Python would.
local_python <- function(version = "3.11.2", shared = "True", missing = "", .env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = .env)
  path <- file.path(folder, ".venv", "bin", "python")
  dir.create(dirname(path), recursive = TRUE)
  lines <- c("#!/bin/sh", paste0("echo ", version), paste0("echo ", shared), paste0("echo '", missing, "'"))
  writeLines(lines, path)
  Sys.chmod(path, "755")
  path
}

local_no_python <- function(.env = parent.frame()) {
  withr::local_envvar(
    RETICULATE_PYTHON = NA,
    TIDYCNN_PYTHON = NA,
    WORKON_HOME = file.path(tempdir(), "none"),
    .local_envir = .env
  )
  withr::local_dir(withr::local_tempdir(.local_envir = .env), .local_envir = .env)
  local_stand_in("running_python", function() NULL, .env = .env)
}
