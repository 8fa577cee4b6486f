from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from typing_extensions import TypeAliasType

from tidycnn.core.checks import (
    check_between,
    check_choice,
    check_count,
    check_known,
    check_positive,
    checked,
    coerce,
)
from tidycnn.core.errors import InputError, Missing, speaking
from tidycnn.core.types import KerasModel, PathLike


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        (3.0, int, 3),
        (3, float, 3.0),
        (np.int64(3), int, 3),
        (np.float32(0.5), float, 0.5),
        (np.bool_(True), bool, True),
        (np.array(4.0), int, 4),
        (None, int | None, None),
        (2.0, int | None, 2),
        ([150.0, 200.0], tuple[int, int], (150, 200)),
        (np.array([150, 200]), tuple[int, int], (150, 200)),
        (3, tuple[int, ...], (3,)),
        ([3.0, 4], tuple[int, ...], (3, 4)),
        ("accuracy", Sequence[str], ["accuracy"]),
        (("a", "b"), list[str], ["a", "b"]),
        ({"train": 1}, Mapping[str, float], {"train": 1.0}),
        ({"a": 1.0, "b": 2.0}, Sequence[int], [1, 2]),
        ("rgb", Literal["rgb", "grayscale"], "rgb"),
        (0.5, int | float, 0.5),
        (2, int | float, 2),
        (len, Callable[..., Any], len),
        ("folder", PathLike, "folder"),
        (Path("folder"), PathLike, Path("folder")),
        ({"anything"}, Any, {"anything"}),
    ],
)
def test_a_value_that_means_the_same_is_converted(value, annotation, expected):
    converted = coerce(value, annotation, "x")
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    ("value", "annotation", "message"),
    [
        (2.5, int, "`x` must be a whole number, not 2.5."),
        (True, int, "`x` must be a whole number, not True."),
        ("1", int, "`x` must be a whole number, not '1'."),
        (1, bool, "`x` must be a truth value, not 1."),
        (None, float, "`x` must be a number, not None."),
        (Missing(), int, "`x` must be a whole number, not NA."),
        (Missing(), float, "`x` must be a number, not NA."),
        (3, str, "`x` must be text, not 3."),
        (3, str | None, "`x` must be text or None, not 3."),
        ("blue", Literal["rgb", "grayscale"], "`x` must be one of 'rgb' or 'grayscale', not 'blue'."),
        (3, Literal[False] | None, "`x` must be False or None, not 3."),
        ([1, 2, 3], tuple[int, int], "`x` must be 2 values (a whole number, a whole number), not [1, 2, 3]."),
        ([1, "a"], Sequence[int], "`x` must be whole numbers, not [1, 'a']."),
        ([1], Mapping[str, float], "`x` must be named values (each a number), not [1]."),
        (3, Callable[..., Any], "`x` must be a function, not 3."),
        (3, PathLike, "`x` must be text or a path, not 3."),
        (3, pd.DataFrame, "`x` must be a data frame, not 3."),
        (3, KerasModel, "`x` must be a Keras model, not 3."),
        (
            pd.DataFrame({"a": [1]}),
            Sequence[str],
            "`x` must be a list of texts, not a data frame with 1 row and the columns 'a'.",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_both_sides_named(value, annotation, message):
    with pytest.raises(InputError) as caught:
        coerce(value, annotation, "x")
    assert str(caught.value) == message


def test_an_array_is_taken_as_it_is_where_an_array_is_asked_for():
    array = np.zeros(2)
    assert coerce(array, NDArray[Any], "x") is array
    assert coerce(array, PathLike | NDArray[np.float64], "x") is array


def test_what_is_no_array_is_refused_where_an_array_is_asked_for():
    with pytest.raises(InputError, match=r"^`x` must be an array, not 3\.$"):
        coerce(3, NDArray[Any], "x")
    with pytest.raises(InputError, match=r"^`x` must be text or a path or an array, not 3\.$"):
        coerce(3, PathLike | NDArray[Any], "x")


Item = TypeVar("Item")
Named = TypeAliasType("Named", Mapping[str, Item], type_params=(Item,))
Counts = TypeAliasType("Counts", Named[int])


@pytest.mark.parametrize("annotation", [Counts, Named[int], Counts | None])
def test_an_alias_is_what_it_stands_for(annotation):
    assert coerce({"a": 1.0}, annotation, "x") == {"a": 1}
    with pytest.raises(InputError, match=r"`x` must be named values \(each a whole number\)"):
        coerce(1, annotation, "x")


def test_the_underscore_of_a_reserved_word_is_not_shown():
    with pytest.raises(InputError, match="`from` must be text"):
        coerce(3, str, "from_")


def test_messages_for_r_speak_of_null():
    with speaking("r"), pytest.raises(InputError, match="`x` must be a string or NULL, not TRUE"):
        coerce(True, str | None, "x")
    with speaking("r"), pytest.raises(InputError, match="`x` must be FALSE or NULL, not 3"):
        coerce(3, Literal[False] | None, "x")


def test_checked_functions_convert_their_arguments_and_keep_their_name():
    @checked
    def double(n: int, *, by: float = 2) -> float:
        """Double."""
        return n * by

    assert double(3.0, by=2) == 6.0
    assert (double.__name__, double.__doc__) == ("double", "Double.")
    with pytest.raises(InputError, match="`by` must be a number, not 'a'"):
        double(3, by="a")


def test_checked_functions_refuse_unknown_arguments_as_python_does():
    @checked
    def double(n: int) -> int:
        return 2 * n

    with pytest.raises(TypeError, match="unexpected keyword argument"):
        double(3, m=3)


def test_a_choice_among_names_is_checked():
    check_choice("a", "metric", ["a", "b"])
    with pytest.raises(InputError, match=r"`metric` must be one of 'a' or 'b', not 'c'\."):
        check_choice("c", "metric", ["a", "b"])


def test_a_count_has_a_lower_bound():
    check_count(1, "epochs")
    check_count(0, "epochs", at_least=0)
    with pytest.raises(InputError, match="`epochs` must be a whole number of at least 1, not 0"):
        check_count(0, "epochs")


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_share_lies_between_its_bounds(value):
    with pytest.raises(InputError, match="`share` must be between 0 and 1"):
        check_between(value, "share", 0, 1)


def test_the_bounds_themselves_are_taken():
    check_between(0, "share", 0, 1)
    check_between(1, "share", 0, 1)


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf")])
def test_a_positive_number_is_above_zero_and_finite(value):
    with pytest.raises(InputError, match="`learning_rate` must be a number above 0"):
        check_positive(value, "learning_rate")


def test_names_that_are_not_known_are_told_with_those_that_are():
    check_known(["cat"], "classes", ["cat", "dog"], noun="labels")
    with pytest.raises(InputError, match="`classes` names 'bird', but the labels are 'cat' and 'dog'"):
        check_known(["cat", "bird"], "classes", ["cat", "dog"], noun="labels")
