"""Parts of several inputs and outputs are told by their names, in whatever order they come."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidycnn import flow_images_from_dataframe, image_table
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError
from tidycnn.keras_floor._names import check_given_once
from tidycnn.keras_floor.prediction import evaluate_model, predict_model
from tidycnn.keras_floor.training import compile_model, fit_model

RANDOM = np.random.default_rng(1)
LEFT, RIGHT = RANDOM.random((12, 3)), RANDOM.random((12, 3))
SIDE, SIZE = np.eye(2)[np.arange(12) % 2], RANDOM.random((12, 1))
LOSSES = {"side": "categorical_crossentropy", "size": "mse"}


def network(named: bool) -> Any:
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    side = keras.layers.Dense(2, activation="softmax", name="side", kernel_initializer="ones")(left)
    size = keras.layers.Dense(1, name="size", kernel_initializer="ones")(right)
    if named:
        return keras.Model({"right": right, "left": left}, {"size": size, "side": side})
    return keras.Model([left, right], [side, size])


@pytest.fixture(params=[False, True], ids=["by order", "by name"])
def model(request: pytest.FixtureRequest) -> Any:
    return compile_model(network(request.param), "sgd", LOSSES, metrics={"size": "mae"})


def reversed_names(values: dict[str, Any]) -> dict[str, Any]:
    return dict(reversed(values.items()))


def both(**values: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return values, reversed_names(values)


def test_a_prediction_does_not_depend_on_the_order_of_named_inputs(model: Any) -> None:
    found = [keras.tree.flatten(predict_model(model, x)) for x in both(left=LEFT, right=RIGHT)]
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(found[0][1], RIGHT.sum(axis=1, keepdims=True), rtol=1e-5)


def test_an_evaluation_does_not_depend_on_the_order_of_names(model: Any) -> None:
    weights = both(side=np.ones(12), size=np.arange(12.0))
    for x, y, weight in itertools.product(both(left=LEFT, right=RIGHT), both(side=SIDE, size=SIZE), weights):
        known = evaluate_model(model, x, y, sample_weight=weight)
        wanted = (np.arange(12.0) * (RIGHT.sum(1) - SIZE[:, 0]) ** 2).mean()
        assert known["size_loss"] == pytest.approx(wanted, rel=1e-4)
        assert known["size_mae"] == pytest.approx(np.abs(RIGHT.sum(1) - SIZE[:, 0]).mean(), rel=1e-4)


def test_a_list_of_inputs_and_outputs_together_is_taken_apart(model: Any) -> None:
    together = {"size": SIZE, "left": LEFT, "side": SIDE, "right": RIGHT}
    wanted = evaluate_model(model, {"left": LEFT, "right": RIGHT}, {"side": SIDE, "size": SIZE})
    assert evaluate_model(model, together) == wanted
    history = fit_model(model, together, validation_data=together, epochs=1, progress=False)["history"]
    assert set(history["data"]) == {"train", "validation"}

    def generator() -> Any:
        return together

    generator.needs_main_thread = True  # type: ignore[attr-defined]
    fit_model(model, generator, steps_per_epoch=2.0, validation_data=together, epochs=1, progress=False)
    assert len(keras.tree.flatten(predict_model(model, generator, steps=2.0))[0]) == 24


@pytest.mark.parametrize("compiled", [LOSSES, reversed_names(LOSSES)])
@pytest.mark.parametrize("weights", both(side=0.0, size=2.0))
def test_losses_and_their_weights_go_by_name(compiled: Any, weights: Any) -> None:
    model = compile_model(network(False), "sgd", compiled, metrics=None, loss_weights=weights)
    found = evaluate_model(model, [LEFT, RIGHT], [SIDE, SIZE])
    assert found["loss"] == pytest.approx(2 * ((RIGHT.sum(1) - SIZE[:, 0]) ** 2).mean(), rel=1e-4)


def test_parts_of_a_batch_may_be_named() -> None:
    model = compile_model(
        keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones", name="out")]),
        "sgd",
        "mse",
    )
    wanted = evaluate_model(model, LEFT, SIZE)["loss"]
    for names in (("y", "x"), ("targets", "inputs")):

        def generator(names: Any = names) -> Any:
            return dict(zip(names, (SIZE, LEFT), strict=True))

        generator.needs_main_thread = True  # type: ignore[attr-defined]
        assert evaluate_model(model, generator, steps=1.0)["loss"] == pytest.approx(wanted)


def test_one_metric_is_that_of_every_output() -> None:
    model = compile_model(network(False), "sgd", LOSSES, metrics="mae")
    assert {"side_mae", "size_mae"} <= set(evaluate_model(model, [LEFT, RIGHT], [SIDE, SIZE]))


def test_values_of_a_vector_keep_their_order_whatever_they_are_called() -> None:
    model = compile_model(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]), "sgd", "mse")
    named = {f"picture {i}": float(value) for i, value in enumerate(SIZE[:, 0])}
    assert evaluate_model(model, LEFT, named) == evaluate_model(model, LEFT, SIZE[:, 0])


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ({"left": LEFT, "up": RIGHT}, [SIDE, SIZE], "`x` names 'up', but the inputs of the model are 'left' and"),
        ({"left": LEFT}, [SIDE, SIZE], "`x` must name all inputs of the model, 'left' and 'right', but lacks 'right'"),
        ([LEFT, RIGHT], {"side": SIDE}, "`y` must name all outputs of the model, 'side' and 'size', but lacks 'size'"),
        ([LEFT, RIGHT], {"side": SIDE, "mass": SIZE}, "`y` names 'mass'"),
        ([LEFT], [SIDE, SIZE], "`x` must be a list of 2 arrays, for the inputs 'left' and 'right'"),
        ([LEFT, RIGHT], [SIDE, SIZE[:3]], "`y` must have one row for each of the 12 of `x`, not 3"),
    ],
)
def test_names_that_do_not_fit_are_refused_with_those_that_are_known(model: Any, x: Any, y: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        evaluate_model(model, x, y)


def test_a_model_is_compiled_for_outputs_that_it_has() -> None:
    with pytest.raises(InputError, match="`loss` names 'mass', but the outputs of the model are 'side' and 'size'"):
        compile_model(network(False), "sgd", {"side": "mse", "mass": "mse"})
    with pytest.raises(InputError, match="`loss_weights` must name all outputs"):
        compile_model(network(False), "sgd", LOSSES, loss_weights={"side": 1.0})
    with pytest.raises(InputError, match="`metrics` names 'mass'"):
        compile_model(network(False), "sgd", LOSSES, metrics={"mass": "mae"})


@pytest.mark.parametrize("columns", [["dark", "side"], ["side", "dark"]])
def test_columns_of_a_flow_go_to_the_outputs_of_their_names(picture_folder: Path, columns: list[str]) -> None:
    images = image_table(picture_folder).assign(dark=0.0, side=100.0)
    flow = flow_images_from_dataframe(
        images, x_col="path", y_col=columns, class_mode="multi_output", target_size=(8, 8), seed=1
    )
    pictures = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(pictures)
    outputs = [keras.layers.Dense(1, name=name, kernel_initializer="zeros")(flat) for name in ("side", "dark")]
    model = compile_model(keras.Model(pictures, outputs), "sgd", "mae")
    found = evaluate_model(model, flow)
    assert (found["side_loss"], found["dark_loss"]) == (100, 0)


def test_targets_are_given_once():
    with pytest.raises(InputError, match="names the outputs of the model, and `y` is given too"):
        check_given_once({"out": 1}, 2, "x")


@pytest.mark.parametrize("options", [{"loss": ["mse"]}, {"loss": ["mse"] * 3}, {"loss": "mse", "loss_weights": [1.0]}])
def test_losses_and_their_weights_are_one_for_each_output(options):
    x = keras.Input((3,))
    model = keras.Model(x, [keras.layers.Dense(1, name="a")(x), keras.layers.Dense(1, name="b")(x)])
    with pytest.raises(InputError, match="one for each of the 2 outputs of the model"):
        compile_model(model, "sgd", **options)
