"""What both languages say alike, seen from the files of a checkout; R's own view is tests/testthat/test-drift.R."""

import csv
import inspect
import re
from pathlib import Path

import pytest

import tidycnn

ROOT = Path(__file__).parents[2]
NAMES = [name for name in sorted(tidycnn.__all__) if inspect.isfunction(getattr(tidycnn, name))]
EXCEPTED = {
    row["name"]: row["language"]
    for row in csv.DictReader((ROOT / "tests/testthat/shared/exceptions.csv").open(encoding="utf-8"))
}
IN_BOTH = [name for name in NAMES if EXCEPTED.get(name) not in ("r", "python")]
DONE_BY_R = [name for name, language in EXCEPTED.items() if language == "both"]


def text_of(path):
    return (ROOT / path).read_text(encoding="utf-8")


def project():
    return pytest.importorskip("tomllib").loads(text_of("pyproject.toml"))["project"]


def mirror_of(name):
    stage, module = getattr(tidycnn, name).__module__.split(".")[1:]
    return f"R/{stage}-{module}.R"


def test_requirements_of_r_are_the_dependencies_of_python():
    assert text_of("inst/python/requirements.txt").splitlines() == project()["dependencies"]


@pytest.mark.parametrize("extra", ["cpu", "tensorflow", "gpu"])
def test_r_installs_the_tensorflow_that_the_extra_names(extra):
    listed = re.search(rf"^  {extra} = (.*?)(?=^  \w+ = |^\))", text_of("R/python.R"), re.MULTILINE | re.DOTALL)
    assert re.findall(r'"([^"]+)"', listed[1]) == project()["optional-dependencies"][extra]


def test_r_takes_the_engine_from_this_very_folder():
    assert (ROOT / "inst/python/tidycnn").is_symlink()
    assert (ROOT / "inst/python/tidycnn").resolve() == ROOT / "python/tidycnn"


@pytest.mark.parametrize("name", IN_BOTH)
def test_every_function_has_its_wrapper_in_the_mirror_of_its_module(name):
    wrapper = re.search(rf"^{name} <- function\((.*?)^}}", text_of(mirror_of(name)), re.MULTILINE | re.DOTALL)
    assert wrapper is not None, f"{name} is not in {mirror_of(name)}"
    assert name in DONE_BY_R or f'call_py("{name}")' in wrapper[1]


@pytest.mark.parametrize("name", IN_BOTH)
def test_every_wrapper_is_exported_and_documented(name):
    assert f"\nexport({name})\n" in text_of("NAMESPACE")
    assert any(f"\\alias{{{name}}}" in page.read_text(encoding="utf-8") for page in (ROOT / "man").glob("*.Rd"))


def test_r_passes_every_name_that_it_calls_to_a_function_that_exists():
    called = {
        (name, module)
        for file in (ROOT / "R").glob("*.R")
        for name, module in re.findall(
            r'^[^#\n]*call_py\("(\w+)"(?:, module = "([\w.]+)")?\)', file.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    for name, module in called:
        home = __import__(f"tidycnn.{module}", fromlist=["_"]) if module else tidycnn
        assert callable(getattr(home, name)), (name, module)
