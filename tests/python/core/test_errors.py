import ast
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tidycnn
from tidycnn.core import errors
from tidycnn.core.errors import (
    DependencyError,
    ImageFileError,
    InputError,
    Missing,
    StoreError,
    TidycnnError,
    TidycnnWarning,
    UnsafeError,
    constant,
    counted,
    described,
    first_line,
    listed,
    printable,
    readable,
    speaking,
    spell_column,
    warn,
)


def test_the_text_of_an_error_is_its_message_and_its_hint():
    error = InputError("`n` must be 1, not 2.", hint="Take 1.")
    assert (error.message, error.hint, str(error)) == (
        "`n` must be 1, not 2.",
        "Take 1.",
        "`n` must be 1, not 2.\nTake 1.",
    )


def test_an_error_without_a_hint_is_its_message():
    assert str(InputError("`n` must be 1.")) == "`n` must be 1."


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (InputError, ValueError),
        (ImageFileError, OSError),
        (DependencyError, ImportError),
        (StoreError, OSError),
        (UnsafeError, TidycnnError),
    ],
)
def test_each_kind_is_caught_as_ours_and_as_pythons(kind, builtin):
    assert issubclass(kind, TidycnnError)
    assert issubclass(kind, builtin)


def test_each_kind_has_a_name_of_its_own():
    kinds = [TidycnnError, InputError, ImageFileError, DependencyError, StoreError, UnsafeError]
    assert len({kind.kind for kind in kinds}) == len(kinds)


def test_a_warning_points_at_the_caller_of_the_function_that_warns():
    def public():
        warn("Only one class.")

    with pytest.warns(TidycnnWarning, match="Only one class") as caught:
        public()
    assert caught[0].filename == __file__


def test_constants_are_spelled_in_the_language_of_the_user():
    assert [constant(None), constant(True)] == ["None", "True"]
    with speaking("r"):
        assert [constant(None), constant(True), described(False)] == ["NULL", "TRUE", "FALSE"]
    assert constant(False) == "False"


def test_the_language_is_restored_after_an_error():
    with pytest.raises(KeyError), speaking("r"):
        raise KeyError
    assert constant(None) == "None"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], "nothing"),
        (["a"], "'a'"),
        (["a", "b"], "'a' and 'b'"),
        (["a", "b", 3], "'a', 'b' and 3"),
    ],
)
def test_values_are_listed_as_in_a_sentence(values, text):
    assert listed(values) == text


def test_long_lists_are_cut_and_counted():
    assert listed(range(200), most=3) == "0, 1, 2 and 197 more"


def test_choices_are_joined_by_or():
    assert listed(["a", "b"], last="or") == "'a' or 'b'"


@pytest.mark.parametrize(("n", "text"), [(0, "0 images"), (1, "1 image"), (2, "2 images"), (12515, "12,515 images")])
def test_numbers_agree_with_their_noun(n, text):
    assert counted(n, "image") == text


def test_an_irregular_plural_is_given():
    assert counted(2, "class", "classes") == "2 classes"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (3, "3"),
        (2.5, "2.5"),
        ("cat", "'cat'"),
        (Missing(), "NA"),
        ([1, 2], "[1, 2]"),
        (list(range(100)), "a list of 100 values"),
        (np.zeros((2, 3)), "an array of shape (2, 3)"),
        (pd.DataFrame({"a": [1], "b": [2]}), "a data frame with 1 row and the columns 'a' and 'b'"),
        (len, "the function len()"),
    ],
)
def test_what_was_received_is_described_in_a_few_words(value, text):
    assert described(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2"),
        (0.25, "0.25"),
        (float("-inf"), "-Inf"),
        ([0.8, 1.0], "c(0.8, 1)"),
        (["train"], "c('train')"),
        ({"train": Missing(), "test": True}, "c(train = NA, test = TRUE)"),
    ],
)
def test_what_r_sent_is_described_as_r_writes_it(value, text):
    with speaking("r"):
        assert described(value) == text


def test_long_text_is_cut():
    assert described("x" * 500) == repr("x" * 77 + "...")


def test_a_scalar_of_numpy_is_described_by_its_value():
    assert [described(value) for value in (np.int64(3), np.bool_(True), np.array(0.5))] == ["3", "True", "0.5"]


def test_an_unknown_object_is_described_by_its_class():
    class Strange:
        pass

    assert described(Strange()).endswith("Strange")


def test_the_first_line_of_an_error_that_says_nothing_is_its_name():
    assert first_line(ValueError("\n one\n two")) == "one"
    assert first_line(NotImplementedError()) == "NotImplementedError"


@pytest.mark.parametrize(
    ("name", "in_r"),
    [
        ("label", "images$label"),
        (".pred_class", "images$.pred_class"),
        ("größe", "images$größe"),
        ("my column", 'images[["my column"]]'),
        ("2nd", 'images[["2nd"]]'),
        (".2nd", 'images[[".2nd"]]'),
        ("_x", 'images[["_x"]]'),
    ],
)
def test_columns_are_spelled_as_the_user_would_write_them(name, in_r):
    assert spell_column("images", name) == f'images["{name}"]'
    with speaking("r"):
        assert spell_column("images", name) == in_r


def test_no_message_spells_a_column_in_one_language_alone():
    """A `$` between names stands in the one function that spells columns; to the Keras floor only R speaks."""
    found = set()
    files = Path(tidycnn.__file__).parent.rglob("*.py")
    for file in (file for file in files if file.parent.name != "keras_floor"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "name" for part in node.values]
                texts = ["".join(parts)]
            else:
                texts = [node.args[0].value] if isinstance(node, ast.Call) and is_text(node.args) else []
            found |= {file.name for text in texts if re.search(r"\w\$[\w.]", text)}
    assert found == {"errors.py"}


def is_text(arguments):
    return bool(arguments) and isinstance(arguments[0], ast.Constant) and isinstance(arguments[0].value, str)


STEERING = "a\x1b[2Jb\x07\x9bc\x7f\u202ed\u2028e\udce9\ud800"
SPELLED = r"a\x1b[2Jb\x07\x9bc\x7f\u202ed\u2028e\xe9\ud800"


def test_what_would_steer_a_terminal_is_spelled_out():
    assert printable(STEERING) == SPELLED
    assert printable("a\nb\tc\rd") == r"a\nb\tc\rd"


def test_letters_of_all_scripts_and_emoji_are_left_alone():
    text = "chat noir é, 日本語, فارسی\u200cها, 👩\u200d🔬, C:\\x1b"
    assert printable(text) == readable(text) == text


def test_a_message_keeps_its_lines():
    assert readable("a\x1b\nb\tc\r") == "a\\x1b\nb\tc\\r"


def test_errors_and_warnings_never_steer_a_terminal():
    error = InputError(STEERING, hint=STEERING)
    assert (error.message, error.hint, str(error)) == (SPELLED, SPELLED, f"{SPELLED}\n{SPELLED}")
    with pytest.warns(TidycnnWarning) as said:
        warn(STEERING)
    assert str(said[0].message) == SPELLED


@pytest.mark.parametrize("language", ["python", "r"])
def test_values_in_messages_never_steer_a_terminal(language):
    values = [STEERING, [STEERING], {STEERING: STEERING}, pd.DataFrame({STEERING: [1]})]
    with speaking(language):
        for value in values:
            assert str(InputError(described(value))).isprintable()
        assert str(InputError(listed([STEERING, STEERING]))).isprintable()


def test_errors_and_warnings_are_public_and_load_nothing_heavy():
    code = (
        "import sys, tidycnn as tc; tc.errors.InputError, tc.errors.TidycnnWarning;"
        "print([name for name in ('keras', 'pandas', 'numpy') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_every_error_and_warning_that_is_ours_is_public():
    core = [each for each in vars(errors).values() if isinstance(each, type) and each.__module__ == errors.__name__]
    raised = {each.__name__ for each in core if issubclass(each, Exception)}
    assert raised == set(tidycnn.errors.__all__)


def test_a_warning_points_at_the_line_of_the_user():
    predictions = pd.DataFrame({"label": ["cat", "dog"], ".pred_class": ["cat", "dog"]})
    with pytest.warns(TidycnnWarning) as caught:
        tidycnn.score_predictions(predictions, ["accuracy"])
    assert {warning.filename for warning in caught} == {__file__}
    assert {warning.lineno for warning in caught} == {tidycnn_line()}


def tidycnn_line():
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return 1 + next(i for i, line in enumerate(lines) if line.strip().startswith("tidycnn.score_predictions"))


def test_a_warning_points_there_through_the_frames_of_others():
    folder = Path(errors.__file__).parent
    known = {"warn": warn}
    exec(compile("def inner(): warn('heard')", folder / "inner.py", "exec"), known)
    exec(compile("def others(): inner()", "/elsewhere/keras.py", "exec"), known)
    exec(compile("def outer(): others()", folder / "outer.py", "exec"), known)
    with pytest.warns(TidycnnWarning) as caught:
        known["outer"]()
    assert [warning.filename for warning in caught] == [__file__]


def test_a_warning_is_told_once_at_each_place():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            warn("heard")
    assert len(caught) == 1


def test_warnings_of_data_classes_point_at_the_users_line():
    with pytest.warns(TidycnnWarning) as heard:
        tidycnn.ImageDataGenerator(zoom_range=1.5)
    assert heard[0].filename == __file__
