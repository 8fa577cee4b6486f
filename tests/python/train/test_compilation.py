"""Which optimizer, loss and metrics a fit gets."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.train.clone import clone_keras_model
from tidycnn.train.compilation import Compilation, changed_since_learning, compile_alike, compile_copy
from tidycnn.train.decay import decay_of, remember_decay
from tidycnn.train.head import read_head


def compiled(model: Any, **options: Any) -> tuple[Any, Compilation]:
    copy = clone_keras_model(model)
    return copy, compile_copy(copy, model, read_head(model), **options)


@pytest.mark.parametrize(
    ("units", "activation", "expected"),
    [
        (1, "sigmoid", ("binary_crossentropy", "binary", "probability")),
        (2, "softmax", ("categorical_crossentropy", "categorical", "probability")),
        (3, "sigmoid", ("binary_crossentropy", "categorical", "probability")),
        (1, "linear", ("binary_crossentropy", "binary", "logit")),
        (3, "linear", ("categorical_crossentropy", "categorical", "logit")),
    ],
)
def test_the_loss_follows_from_the_head(make_model, units, activation, expected):
    copy, compilation = compiled(make_model(units, activation))
    assert (compilation.loss, compilation.class_mode, compilation.outputs) == expected
    assert copy.loss.get_config()["from_logits"] == (compilation.outputs == "logit")


def test_labels_that_a_flow_gives_as_whole_numbers_get_the_loss_for_them(make_model):
    assert compiled(make_model(), class_mode="sparse")[1].loss == "sparse_categorical_crossentropy"


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"])
def test_a_sparse_loss_needs_whole_numbers(make_model, loss):
    assert compiled(make_model(), loss=loss)[1].class_mode == "sparse"


def test_a_loss_by_name_takes_logits_where_the_model_gives_them(make_model):
    assert compiled(make_model(2, "linear"), loss="categorical_crossentropy")[0].loss.get_config()["from_logits"]


def test_accuracy_of_one_logit_is_told_at_zero(make_model):
    metric = compiled(make_model(1, "linear"))[0]._compile_config.config["metrics"][0]
    metric.update_state(np.array([[0.0], [1.0]]), np.array([[-0.2], [0.2]]))
    assert float(metric.result()) == 1.0


def test_a_compiled_model_keeps_its_compilation_and_says_so(make_model, heard):
    model = make_model()
    model.compile(keras.optimizers.SGD(0.25), "sparse_categorical_crossentropy", metrics=["mae"])
    copy, compilation = compiled(model)
    assert (compilation.optimizer["name"], compilation.loss) == ("SGD", "sparse_categorical_crossentropy")
    assert float(copy.optimizer.learning_rate) == 0.25
    assert copy._compile_config.config["metrics"] == ["mae"]
    said = "The model is compiled: it keeps its own optimizer (SGD) and loss (sparse_categorical_crossentropy)."
    assert heard.remarks == [said]


def test_a_loss_that_is_a_plain_function_is_kept(make_model):
    def distance(y_true: Any, y_pred: Any) -> Any:
        return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)

    model = make_model()
    model.compile("sgd", distance)
    assert compiled(model)[0].loss is distance


def test_what_is_given_goes_before_the_compilation(make_model):
    model = make_model()
    model.compile("sgd", "mse", metrics=["mae"])
    given = {"optimizer": "rmsprop", "loss": "categorical_crossentropy", "metrics": ["recall"]}
    copy, compilation = compiled(model, **given)
    assert (compilation.optimizer["name"], compilation.loss) == ("RMSprop", "categorical_crossentropy")
    assert [metric.name for metric in copy._compile_config.config["metrics"]] == ["recall"]


def test_a_learning_rate_goes_before_the_optimizers_own(make_model):
    copy, _ = compiled(make_model(), optimizer=keras.optimizers.SGD(0.5, momentum=0.25), learning_rate=0.125)
    assert float(copy.optimizer.learning_rate) == 0.125
    assert copy.optimizer.momentum == 0.25


def test_an_optimizer_of_the_users_can_be_given_twice(make_model):
    optimizer = keras.optimizers.SGD(0.5)
    first, second = (compiled(make_model(), optimizer=optimizer)[0].optimizer for _ in range(2))
    assert len({id(optimizer), id(first), id(second)}) == 3


def test_a_metric_of_each_label_becomes_their_mean(make_model):
    copy, _ = compiled(make_model(), metrics=["f1_score"])
    assert copy._compile_config.config["metrics"][0].average == "macro"


def test_names_of_metrics_are_the_same_in_every_fit_of_a_session(make_model):
    for _ in range(2):
        copy, _ = compiled(make_model(), metrics=["auc", "Precision"])
        assert [metric.name for metric in copy._compile_config.config["metrics"]] == ["auc", "Precision"]


@pytest.mark.parametrize(
    ("units", "activation", "options", "message"),
    [
        (2, "softmax", {"optimizer": "adamant"}, "`optimizer` must be the name of a Keras optimizer"),
        (2, "softmax", {"learning_rate": -1.0}, "`learning_rate` must be a number above 0"),
        (2, "softmax", {"loss": "lost"}, "`loss` must be the name of a Keras loss"),
        (2, "softmax", {"metrics": ["beauty"]}, "`metrics` must be names of Keras metrics, not 'beauty'"),
        (1, "sigmoid", {"loss": "categorical_crossentropy"}, "needs one unit per label"),
        (1, "linear", {"loss": "mse"}, "its values become no probabilities"),
        (2, "gelu", {}, "`loss` must be given, because the model ends with the activation 'gelu'"),
    ],
)
def test_what_does_not_fit_is_refused(make_model, units, activation, options, message):
    with pytest.raises(InputError, match=message):
        compiled(make_model(units, activation), **options)


@pytest.mark.parametrize(("activation", "from_logits"), [("linear", False), ("softmax", True)])
def test_a_compiled_loss_that_does_not_fit_the_head_is_said_aloud(make_model, activation, from_logits):
    model = make_model(2, activation)
    model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=from_logits))
    with pytest.warns(TidycnnWarning, match=f"it will learn badly. Compile it with from_logits = {not from_logits}"):
        compiled(model)


def test_sigmoid_units_do_not_go_with_a_categorical_loss(make_model):
    with pytest.warns(TidycnnWarning, match="'categorical_crossentropy' takes one probability distribution"):
        compiled(make_model(3, "sigmoid"), loss="categorical_crossentropy")
    assert compiled(make_model(3, "sigmoid"), loss="binary_crossentropy")[1].loss == "binary_crossentropy"


def test_a_copy_compiled_alike_shares_no_optimizer_and_no_metric(make_model):
    model = make_model()
    metric = keras.metrics.CategoricalAccuracy(name="mine")
    options = {"metrics": [metric], "weighted_metrics": [keras.metrics.AUC(name="area")]}
    model.compile(remember_decay(keras.optimizers.RMSprop(0.3, rho=0.8), 0.1), "categorical_crossentropy", **options)
    copy = clone_keras_model(model)
    compile_alike(copy, model)
    assert copy.optimizer.get_config() == model.optimizer.get_config()
    assert decay_of(copy.optimizer) == 0.1
    copy.fit(np.zeros((2, 8, 8, 3)), np.eye(2), verbose=0)
    assert {"mine", "area"} <= copy.get_metrics_result().keys()
    assert int(model.optimizer.iterations) == 0
    assert float(metric.count) == 0


def test_weights_that_changed_sides_since_the_optimizer_was_made_are_counted(make_model):
    model = make_model()
    model.compile("sgd", "categorical_crossentropy")
    model.layers[1].trainable = False
    assert changed_since_learning(model) == 0
    model.fit(np.zeros((2, 8, 8, 3)), np.eye(2), verbose=0)
    model.layers[1].trainable = True
    assert changed_since_learning(model) == 2


def test_layers_of_a_nested_base_change_sides_too():
    base = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), keras.layers.GlobalMaxPooling2D()])
    model = keras.Sequential([keras.Input((8, 8, 3)), base, keras.layers.Dense(2, activation="softmax")])
    base.trainable = False
    model.compile("sgd", "categorical_crossentropy")
    model.fit(np.zeros((2, 8, 8, 3)), np.eye(2), verbose=0)
    assert changed_since_learning(model) == 0
    base.trainable = True
    assert changed_since_learning(model) == 2
