# The commands of this project. Each sets up by itself what it needs; `make` alone lists them.

# R reads and writes file names in the encoding of the locale: UTF-8 where none is set.
ifeq ($(LC_ALL)$(LC_CTYPE)$(LANG),)
export LC_ALL := C.UTF-8
endif

.PHONY: help setup demo test check format lint docs bench r-package

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup:  ## R, Python and their packages, the virtual environment .venv, tidycnn in both languages
	@tools/setup.sh

demo: setup  ## train on drawn blood cells, or on DATA=folder, and write results and plots to demo/
	@tools/demo.sh $(if $(DATA),"$(DATA)")

test: setup  ## all tests, linters and R's own check
	@tools/test.sh

check: setup  ## demo and tests on this machine and on the other Debian (12 or 13), R's check as CRAN runs it
	@tools/test.sh --as-cran

format: setup  ## format R and Python
	@tools/format.sh

lint: setup  ## style, types and layers, without running anything
	@tools/lint.sh

docs: setup  ## write man/ and NAMESPACE from the comments in R/
	@tools/docs.sh

bench: setup  ## run the benchmarks
	@tools/bench.sh

r-package: setup  ## build the R package, with real files in place of the symbolic link
	@tools/r_package.sh
