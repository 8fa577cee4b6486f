"""Settings as plain data."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest

from tidycnn.core.errors import InputError
from tidycnn.core.settings import Settings


@dataclass(frozen=True)
class Recipe(Settings):
    """A recipe."""

    name: str
    grams: tuple[int, int] = (1, 2)
    heat: float | int = 180
    guests: int = dataclasses.field(default=0, init=False)

    def __post_init__(self) -> None:
        self._coerce()


def test_values_are_converted_to_their_annotations() -> None:
    assert Recipe("cake", grams=[3.0, 4]).grams == (3, 4)  # type: ignore[arg-type]


def test_a_value_that_does_not_fit_is_named() -> None:
    with pytest.raises(InputError, match="`grams` must be 2 values"):
        Recipe("cake", grams=3)  # type: ignore[arg-type]


def test_plain_data_hold_the_parameters_alone_with_lists() -> None:
    assert Recipe("cake").to_dict() == {"name": "cake", "grams": [1, 2], "heat": 180}


def test_plain_data_make_the_same_settings() -> None:
    recipe = Recipe("cake", (5, 6), 200.5)
    assert Recipe.from_dict(recipe.to_dict()) == recipe


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(InputError, match="`data` names 'salt', but the parameters are 'name', 'grams' and 'heat'"):
        Recipe.from_dict({"name": "cake", "salt": 1})


def test_what_differs_is_named_and_so_is_another_kind_of_number() -> None:
    assert Recipe("cake").differences(Recipe("cake")) == []
    assert Recipe("cake", heat=180.0).differences(Recipe("tart")) == [
        "`name` ('cake', not 'tart')",
        "`heat` (180.0, not 180)",
    ]
