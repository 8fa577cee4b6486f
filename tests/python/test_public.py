"""What holds for every public name, whoever wrote it."""

import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import typing
from pathlib import Path

import docstring_parser
import numpy as np
import pandas as pd
import pytest

import tidycnn
from tidycnn.core import checks
from tidycnn.core.errors import InputError, described, speaking

HEAVY = ("keras", "tensorflow")
LIGHT_STAGES = ("core", "images", "splits", "evaluate")
NAMES = sorted(tidycnn.__all__)
FRAME = pd.DataFrame({"epochs": [1]})


def public(kind):
    return [name for name in NAMES if kind(getattr(tidycnn, name))]


FUNCTIONS = public(inspect.isfunction)
CLASSES = public(inspect.isclass)
STAGES = {name: getattr(tidycnn, name).__module__.split(".")[1] for name in FUNCTIONS}
MODULES = sorted({module.name for module in pkgutil.walk_packages(tidycnn.__path__, "tidycnn.")} - {"tidycnn.__main__"})


def run_python(code):
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def documented(name):
    return docstring_parser.parse(
        inspect.getdoc(getattr(tidycnn, name)) or "", docstring_parser.DocstringStyle.NUMPYDOC
    )


def parameters_of(name):
    return inspect.signature(getattr(tidycnn, name)).parameters


def is_further(parameter):
    return parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


# They look at each further argument, and refuse by name what is none of theirs.
TAKING_FURTHER = ("compare_fits", "fit_folds", "fit_many")


PYTHON_WORDS = r"\b(dict|tuple|list\[|None|True|False|str|int|float|bool|texts?|mapping|sequence|numpy|pandas)\b"


def test_messages_for_r_have_no_words_of_python():
    values = [
        {"a": list(range(99))},
        (1, None),
        {1, 2},
        np.zeros((2, 3)),
        np.zeros(3),
        pd.Series(["a"], dtype="category"),
    ]
    with speaking("r"):
        said = [described(value) for value in [*values, [*range(99)], True, None]]
        for name in FUNCTIONS:
            hints = typing.get_type_hints(getattr(tidycnn, name))
            said += [f"{name}: {checks._expected(hints[argument])}" for argument in parameters_of(name)]
    assert [message for message in said if re.search(PYTHON_WORDS, message)] == []


def test_there_are_public_functions():
    assert FUNCTIONS


def test_import_tidycnn_loads_nothing_that_is_heavy():
    heavy = (*HEAVY, "pandas", "numpy", "cv2", "matplotlib", "sklearn", "scipy", "rich", "click")
    assert run_python(f"import sys, tidycnn; print([name for name in {heavy!r} if name in sys.modules])") == "[]"


def test_the_stages_of_frames_load_no_network_library_and_their_annotations_resolve():
    names = [name for name in FUNCTIONS if STAGES[name] in LIGHT_STAGES]
    code = f"""
import sys, typing, tidycnn
for name in {names!r}:
    typing.get_type_hints(getattr(tidycnn, name))
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    assert run_python(code) == "[]"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_annotations_are_complete_and_name_no_class_of_keras(name):
    hints = typing.get_type_hints(getattr(tidycnn, name))
    assert [parameter for parameter in [*parameters_of(name), "return"] if parameter not in hints] == []
    assert [str(hint) for hint in hints.values() if "keras." in str(hint) or "tensorflow." in str(hint)] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_checks_its_arguments(name):
    assert getattr(tidycnn, name).__code__.co_filename == checks.__file__


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_a_title_its_parameters_in_order_and_what_it_returns(name):
    document = documented(name)
    assert (document.short_description or "").endswith(".")
    said = [part.lstrip("*") for parameter in document.params for part in parameter.arg_name.split(", ")]
    assert said == list(parameters_of(name))
    assert document.returns is not None or typing.get_type_hints(getattr(tidycnn, name))["return"] is type(None)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_types_stand_in_the_signature_alone(name):
    assert [parameter.arg_name for parameter in documented(name).params if parameter.type_name] == []


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if "seed" in parameters_of(name)])
def test_the_seed_comes_last(name):
    assert [key for key, parameter in parameters_of(name).items() if not is_further(parameter)][-1] == "seed"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_takes_surplus_arguments(name):
    surplus = [parameter.name for parameter in parameters_of(name).values() if is_further(parameter)]
    assert surplus == [] or name in TAKING_FURTHER


@pytest.mark.parametrize("name", TAKING_FURTHER)
def test_what_takes_further_arguments_refuses_by_name_what_is_none_of_its_own(name):
    with pytest.raises(InputError, match="nonsense"):
        getattr(tidycnn, name)(*{"fit_many": [FRAME, FRAME], "fit_folds": ["cnn", FRAME]}.get(name, []), nonsense=1)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_bears_the_name_of_a_stage(name):
    assert f"tidycnn.{name}" not in MODULES


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_is_documented(name):
    assert (documented(name).short_description or "").endswith(".")


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.testmod(importlib.import_module(module), optionflags=options).failed == 0


def test_every_function_lives_in_a_module_without_an_underscore():
    assert [name for name in FUNCTIONS if getattr(tidycnn, name).__module__.rpartition(".")[2].startswith("_")] == []


def test_the_version_is_the_same_everywhere():
    root = Path(tidycnn.__file__).parents[2]
    if not (root / "DESCRIPTION").is_file():
        pytest.skip("runs in a checkout only")
    assert f"\nVersion: {tidycnn.__version__}\n" in (root / "DESCRIPTION").read_text(encoding="utf-8")
    assert f'\nversion = "{tidycnn.__version__}"\n' in (root / "pyproject.toml").read_text(encoding="utf-8")
