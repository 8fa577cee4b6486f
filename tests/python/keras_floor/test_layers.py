"""Layers as steps of a pipe."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError
from tidycnn.keras_floor.layers import call_layer, compose, count_params, get_layer, make_input, make_sequential

SHAPE = [8.0, 8.0, 3.0]


def convolution(model: Any, **given: Any) -> Any:
    return call_layer("layers.Conv2D", model, {"filters": 4.0, "kernel_size": [3.0, 3.0], **given}, seed=1)


def test_the_first_layer_says_the_shape_and_later_ones_may_repeat_it() -> None:
    model = make_sequential(None, None, None)
    assert convolution(model, input_shape=SHAPE) is model
    convolution(model, input_shape=SHAPE)
    assert model.input_shape == (None, 8, 8, 3)
    assert model.output_shape == (None, 4, 4, 4)


def test_a_layer_behind_a_tensor_gives_a_tensor() -> None:
    tensor = make_input({"shape": SHAPE})
    assert convolution(tensor).shape == (None, 6, 6, 4)


def test_a_layer_alone_is_a_layer() -> None:
    assert isinstance(convolution(None, input_shape=SHAPE), keras.layers.Conv2D)


def test_several_tensors_are_joined() -> None:
    tensors = [make_input({"shape": SHAPE}), make_input({"shape": SHAPE})]
    assert call_layer("layers.Concatenate", tensors, {"axis": -1.0}).shape == (None, 8, 8, 6)


def test_a_model_is_a_step() -> None:
    inner = make_sequential(None, SHAPE, "inner")
    convolution(inner)
    outer = compose(make_sequential(None, SHAPE, None), inner)
    assert [layer.name for layer in outer.layers] == ["inner"]
    assert outer.output_shape == (None, 6, 6, 4)


def test_the_shape_may_be_repeated_behind_an_input() -> None:
    model = make_sequential(None, SHAPE, None)
    assert convolution(model, input_shape=SHAPE).output_shape == (None, 6, 6, 4)


class Scaled(keras.layers.Layer):  # type: ignore[misc]
    def call(self, x: Any, by: int = 1) -> Any:
        return x * by


def test_options_of_a_call_reach_the_layer() -> None:
    tensor = make_input({"shape": SHAPE})
    model = keras.Model(tensor, compose(tensor, Scaled(), {"by": 3}))
    np.testing.assert_array_equal(model(np.ones((1, 8, 8, 3))), np.full((1, 8, 8, 3), 3))
    with pytest.raises(InputError, match="cannot give 'by'"):
        compose(make_sequential(None, SHAPE, None), Scaled(), {"by": 3})


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(
        InputError, match="`object` must be a sequential model, a tensor or a list of tensors, not '64'"
    ):
        call_layer("layers.Dense", "64", {"units": 3.0})


def test_layers_are_found_by_name_and_by_position_from_1() -> None:
    model = make_sequential([keras.layers.Flatten(name="flat"), keras.layers.Dense(2, name="head")], SHAPE, None)
    assert get_layer(model, "head", None) is get_layer(model, None, 2)
    with pytest.raises(InputError, match="`index` must be from 1 to 2, not 3"):
        get_layer(model, None, 3)
    with pytest.raises(InputError, match="No such layer: tail"):
        get_layer(model, "tail", None)


def test_a_model_without_a_shape_cannot_be_counted_yet() -> None:
    with pytest.raises(InputError, match="input_shape"):
        count_params(make_sequential([keras.layers.Dense(2)], None, None))
