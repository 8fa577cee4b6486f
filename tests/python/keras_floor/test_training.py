"""Training in place, with the steps, the decay and the names of 2018."""

from __future__ import annotations

import signal
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidycnn import flow_images_from_directory, image_data_generator
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, StoreError, TidycnnWarning
from tidycnn.keras_floor.prediction import evaluate_model, predict_model
from tidycnn.keras_floor.training import compile_model, fit_model
from tidycnn.train.decay import remember_decay

# Most fits here validate on what they train on.
pytestmark = pytest.mark.filterwarnings("ignore:.*among the training and the validation images")


def network(units: int = 2, optimizer: Any = "sgd", metrics: Any = "accuracy") -> Any:
    layers = [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(units, activation="softmax")]
    model = keras.Sequential(layers)
    return compile_model(model, optimizer, "categorical_crossentropy", metrics)


def flow_of(folder: Path, **options: Any) -> Any:
    known: dict[str, Any] = {"target_size": (8, 8), "batch_size": 4, "seed": 1, **options}
    return flow_images_from_directory(folder, generator=image_data_generator(rescale=1 / 255), **known)


def fit(model: Any, *data: Any, **options: Any) -> dict[str, Any]:
    return fit_model(model, *data, progress=False, seed=1, **options)


def arrays(n: int = 10) -> tuple[Any, Any]:
    random = np.random.default_rng(1)
    return random.random((n, 8, 8, 3)), np.eye(2)[np.arange(n) % 2]


def test_the_model_itself_learns(picture_folder: Path) -> None:
    model = network()
    before = model.get_weights()[0].copy()
    history = fit(model, flow_of(picture_folder), epochs=2)["history"]
    assert (model.get_weights()[0] != before).any()
    assert history.groupby("metric")["epoch"].max().to_dict() == {"accuracy": 2, "loss": 2}


@pytest.mark.parametrize(("steps", "seen"), [(None, 3), (2.9, 2), (0.4, 1), (7.0, 7)])
def test_steps_are_rounded_down_and_go_on_in_the_next_pass(picture_folder: Path, steps: Any, seen: int) -> None:
    batches: list[int] = []
    counting = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: batches.append(batch))
    fit(network(), flow_of(picture_folder), steps_per_epoch=steps, epochs=1, callbacks=[counting])
    assert len(batches) == seen


def test_no_steps_are_refused_by_the_name_that_the_user_wrote(picture_folder: Path) -> None:
    flow = flow_of(picture_folder)
    with pytest.raises(InputError, match="`steps_per_epoch` must be a number above 0"):
        fit(network(), flow, steps_per_epoch=0.0)
    with pytest.raises(InputError, match="`validation_steps` must be a number above 0"):
        fit(network(), flow, validation_data=flow, validation_steps=0.0)
    with pytest.raises(InputError, match="`steps` must be a number above 0"):
        evaluate_model(network(), flow, steps=0.0)


def test_a_flow_and_arrays_can_validate(picture_folder: Path) -> None:
    flow = flow_of(picture_folder)
    for held in (flow, arrays()):
        history = fit(network(), flow, validation_data=held)["history"]
        assert set(history["data"]) == {"train", "validation"}


def test_a_function_gives_batches_on_the_main_thread() -> None:
    model = network()
    asked: list[int] = []

    def generator() -> Any:
        asked.append(1)
        return list(arrays(4))

    generator.needs_main_thread = True  # type: ignore[attr-defined]
    history = fit(model, generator, steps_per_epoch=3.0, epochs=2)["history"]
    assert len(asked) == 6
    assert history["epoch"].max() == 2
    assert set(evaluate_model(model, generator, steps=2.0)) == {"loss", "accuracy"}
    assert predict_model(model, generator, steps=2.0).shape == (8, 2)
    with pytest.raises(InputError, match="`steps_per_epoch` must be given where `x` is a function"):
        fit(model, generator)


def test_a_function_must_give_pictures_and_targets() -> None:
    def generator() -> Any:
        return "batch"

    generator.needs_main_thread = True  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="must give a list of pictures and targets"):
        fit(network(), generator, steps_per_epoch=1.0)


def test_arrays_are_divided_as_keras_does() -> None:
    result = fit(network(), *arrays(10), batch_size=4, validation_split=0.2, epochs=2)
    assert result["params"] == {"epochs": 2, "steps": 2}
    assert set(result["history"]["data"]) == {"train", "validation"}


def test_one_seed_repeats_a_fit_on_arrays() -> None:
    start = network().get_weights()
    weights = []
    for elsewhere, seed in ((1, 5), (2, 5), (3, 6)):
        keras.utils.set_random_seed(elsewhere)
        model = network()
        model.set_weights(start)
        fit_model(model, *arrays(), batch_size=4, epochs=2, progress=False, seed=seed)
        weights.append(model.get_weights()[0])
    np.testing.assert_array_equal(weights[0], weights[1])
    assert (weights[0] != weights[2]).any()


def test_decay_lowers_the_rate_of_each_step_and_lets_callbacks_see_the_rate_itself(picture_folder: Path) -> None:
    model = network(optimizer=remember_decay(keras.optimizers.SGD(0.8), 0.5))
    rates: list[float] = []

    class Watch(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            rates.append(float(self.model.optimizer.learning_rate))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            assert float(self.model.optimizer.learning_rate) == pytest.approx(0.8)

    fit(model, flow_of(picture_folder), callbacks=[Watch()], epochs=2)
    np.testing.assert_allclose(rates, 0.8 / (1 + 0.5 * np.arange(6)), rtol=1e-6)


def test_decay_and_a_plateau_work_together(picture_folder: Path) -> None:
    model = network(optimizer=remember_decay(keras.optimizers.SGD(0.8), 0.5))
    plateau = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=100)
    fit(model, flow_of(picture_folder), callbacks=[plateau], epochs=3)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.2)


@pytest.mark.parametrize(("metric", "monitor"), [("accuracy", "val_acc"), ("acc", "val_accuracy"), ("acc", "val_acc")])
def test_a_monitor_finds_its_metric_by_either_name(picture_folder: Path, metric: str, monitor: str) -> None:
    flow = flow_of(picture_folder)
    stop = keras.callbacks.EarlyStopping(monitor=monitor, patience=1, min_delta=100)
    history = fit(network(metrics=metric), flow, validation_data=flow, callbacks=[stop], epochs=9)["history"]
    assert history["epoch"].max() == 2


def test_epochs_go_on_where_they_ended(picture_folder: Path) -> None:
    history = fit(network(), flow_of(picture_folder), epochs=4, initial_epoch=2)["history"]
    assert sorted(set(history["epoch"])) == [3, 4]


def test_an_interrupted_model_keeps_what_it_learned(picture_folder: Path) -> None:
    model = network()
    before = model.get_weights()[0].copy()

    def interrupt(epoch: int, logs: Any) -> None:
        if epoch == 1:
            raise KeyboardInterrupt

    stop = keras.callbacks.LambdaCallback(on_epoch_begin=interrupt)
    with pytest.warns(TidycnnWarning, match="interrupted after 1 complete epoch"):
        history = fit(model, flow_of(picture_folder), epochs=5, callbacks=[stop])["history"]
    assert history["epoch"].max() == 1
    assert (model.get_weights()[0] != before).any()


def test_class_weights_are_named_by_label_or_position(picture_folder: Path) -> None:
    flow = flow_of(picture_folder)
    weights = []
    start = network().get_weights()
    for named in ({"dog": 5.0}, {"1": 5.0}, None):
        model = network()
        model.set_weights(start)
        fit(model, flow, epochs=1, class_weight=named)
        weights.append(model.get_weights()[0])
    np.testing.assert_array_equal(weights[0], weights[1])
    assert (weights[0] != weights[2]).any()
    with pytest.raises(InputError, match="`class_weight` names 'bird'"):
        fit(network(), flow, class_weight={"bird": 2.0})


def test_a_head_that_does_not_fit_the_labels_is_refused(picture_folder: Path) -> None:
    with pytest.raises(InputError, match="ends with 3 units, but there are 2 labels"):
        fit(network(units=3), flow_of(picture_folder))


def test_a_model_that_is_not_compiled_is_refused(picture_folder: Path) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(InputError, match="not compiled"):
        fit(model, flow_of(picture_folder))


def test_the_tidy_floor_follows_the_decay_too(picture_folder: Path) -> None:
    from tidycnn import fit_classifier

    model = network(optimizer=remember_decay(keras.optimizers.SGD(0.8), 0.5))
    rates: list[float] = []
    watch = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: rates.append(float(kept[0].optimizer.learning_rate))
    )
    kept: list[Any] = []
    setter = watch.set_model
    watch.set_model = lambda found: (kept.append(found), setter(found))  # type: ignore[method-assign]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit_classifier(model, picture_folder, batch_size=4, epochs=1, callbacks=[watch], progress=False, seed=1)
    np.testing.assert_allclose(rates, 0.8 / (1 + 0.5 * np.arange(len(rates))), rtol=1e-6)
    assert len(rates) > 1


def test_a_step_that_is_broken_off_leaves_the_rate_as_it_was(picture_folder: Path) -> None:
    model = network(optimizer=remember_decay(keras.optimizers.SGD(0.8), 0.5))

    def interrupt(batch: int, logs: Any) -> None:
        if batch == 2:
            raise KeyboardInterrupt

    stop = keras.callbacks.LambdaCallback(on_train_batch_begin=interrupt)
    with pytest.warns(TidycnnWarning, match="interrupted"):
        fit(model, flow_of(picture_folder), epochs=1, callbacks=[stop])
    assert float(model.optimizer.learning_rate) == pytest.approx(0.8)


def test_arrays_are_validated_by_a_flow_and_by_a_function(picture_folder: Path) -> None:
    def generator() -> Any:
        return dict(zip("xy", arrays(4), strict=True))

    generator.needs_main_thread = True  # type: ignore[attr-defined]
    for held, steps in ((flow_of(picture_folder), None), (generator, 2.0)):
        history = fit(network(), *arrays(), validation_data=held, validation_steps=steps, epochs=1)["history"]
        assert set(history["data"]) == {"train", "validation"}


def test_what_r_has_named_is_taken(picture_folder: Path) -> None:
    x, y = arrays()
    seen: list[int] = []
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    history = fit(network(), x, y, callbacks={"watch": watch}, validation_data={"x": x, "y": y}, epochs=1)["history"]
    assert seen == [0]
    assert "validation" in set(history["data"])


def test_class_weights_multiply_those_of_a_function() -> None:
    def generator() -> Any:
        return [*arrays(4), np.ones(4)]

    generator.needs_main_thread = True  # type: ignore[attr-defined]
    start = network().get_weights()
    weights = []
    for named in ({"1": 5.0}, None):
        model = network()
        model.set_weights(start)
        fit(model, generator, steps_per_epoch=1.0, epochs=1, class_weight=named)
        weights.append(model.get_weights()[0])
    assert (weights[0] != weights[1]).any()


def test_a_monitor_of_a_metric_object_stays_as_it_is(picture_folder: Path) -> None:
    flow = flow_of(picture_folder)
    stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=1, min_delta=100)
    model = network(metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")])
    history = fit(model, flow, validation_data=flow, callbacks=[stop], epochs=9)["history"]
    assert history["epoch"].max() == 2
    assert stop.monitor == "val_accuracy"


def test_a_network_that_learns_its_own_pictures_needs_no_labels(picture_folder: Path) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(3, 3, padding="same")])
    compile_model(model, "sgd", "mse")
    history = fit(model, flow_of(picture_folder, class_mode="input"), epochs=1)["history"]
    assert set(history["metric"]) == {"loss"}


def test_a_mistake_of_ours_in_a_callback_is_not_taken_for_the_users(picture_folder: Path) -> None:
    def fail(epoch: int, logs: Any) -> None:
        raise AttributeError("ours")

    with pytest.raises(AttributeError, match="ours"):
        fit(network(), flow_of(picture_folder), callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=fail)])


def two_ended_model() -> keras.Model:
    left, right = keras.Input((1,)), keras.Input((1,))
    total = keras.layers.Dense(1)(keras.layers.Add()([left, right]))
    model = keras.Model([left, right], [total, keras.layers.Dense(1)(total)])
    model.compile("sgd", ["mse", "mse"])
    return model


def test_a_function_gives_batches_to_a_model_with_several_inputs_and_outputs() -> None:
    batch: list[Any] = [[1.0, 2.0], [3.0, 4.0]]

    def generator() -> list[Any]:
        return batch

    generator.needs_main_thread = True  # type: ignore[attr-defined]
    model = two_ended_model()
    for held, steps in ((generator, 2), ([[[1.0, 2.0], [1.0, 0.0]], [[3.0, 3.0], [4.0, 4.0]]], None)):
        fitted = fit_model(
            model, generator, steps_per_epoch=3, validation_data=held, validation_steps=steps, epochs=1, progress=False
        )
        assert np.isfinite(fitted["history"]["value"]).all()
    assert np.isfinite(evaluate_model(model, generator, steps=2)["loss"])
    first, second = predict_model(model, generator, steps=5, progress=False)
    assert first.shape == second.shape == (5, 1)
    batch[0] = 1.0
    with pytest.raises(InputError, match="`x` must be a list of 2 arrays"):
        fit_model(model, generator, steps_per_epoch=1, progress=False)


def test_arrays_train_a_model_with_several_inputs_and_outputs() -> None:
    model, x, y = two_ended_model(), [np.ones(6), np.zeros(6)], [np.ones(6), np.ones(6)]
    fitted = fit_model(model, x, y, epochs=2, batch_size=2, validation_data=[x, y], progress=False)
    assert fitted["params"] == {"epochs": 2, "steps": 3}
    assert [part.shape for part in predict_model(model, x)] == [(6, 1), (6, 1)]
    with pytest.raises(InputError, match="one row for each of the 6"):
        fit_model(model, x, [np.ones(5), np.ones(5)], progress=False)
    with pytest.raises(InputError, match="one output"):
        fit_model(model, x, y, class_weight={"0": 2.0}, progress=False)


def test_arrays_that_are_no_pictures_validate_what_a_function_trains() -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((70, 3)), np.arange(70.0)

    def generator() -> list[Any]:
        return [x[:4], y[:4]]

    generator.needs_main_thread = True  # type: ignore[attr-defined]
    fitted = fit_model(model, generator, steps_per_epoch=2, epochs=1, validation_data=[x, y], progress=False)
    validated = fitted["history"].query("data == 'validation'")["value"].item()
    assert validated == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-5)
    few = fit_model(
        model, generator, steps_per_epoch=2, epochs=1, validation_data=[x, y], validation_steps=1, progress=False
    )
    assert few["history"].query("data == 'validation'")["value"].item() == pytest.approx(
        model.evaluate(x[:32], y[:32], verbose=0), rel=1e-5
    )


def test_a_model_is_trained_after_a_fit_that_failed() -> None:
    model = network()
    x, y = arrays()
    with pytest.raises(InputError, match=r"`y` must have 2 columns(.|\n)*to_categorical"):
        fit(model, x, y.argmax(axis=1))
    with pytest.raises(InputError, match="`y` must have 2 columns"):
        evaluate_model(model, x, y[:, :1])
    assert np.isfinite(fit(model, x, y, epochs=1)["history"]["value"]).all()
    assert np.isfinite(evaluate_model(model, x, y)["loss"])


def test_pictures_of_another_shape_are_named(picture_folder: Path) -> None:
    x, y = arrays()
    with pytest.raises(InputError, match="`x` gives pictures of 4 x 8 x 3, but the model takes 8 x 8 x 3"):
        fit(network(), x[:, :4], y)
    flow = flow_of(picture_folder, target_size=(8, 6))
    for use in (fit, evaluate_model, predict_model):
        with pytest.raises(InputError, match="8 x 6 x 3, but the model takes 8 x 8 x 3"):
            use(network(), flow)  # type: ignore[operator]
    with pytest.raises(InputError, match="`generator` gives pictures alone"):
        fit(network(), flow_of(picture_folder, class_mode="none"), name="generator")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"callbacks": "early"}, "`callbacks` must be a callback"),
        ({"validation_split": 2.0}, "`validation_split`"),
        ({"epochs": 0}, "`epochs`"),
    ],
)
def test_arguments_that_do_not_fit_are_named(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit(network(), *arrays(), **wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"loss": "categorical"}, "`loss`"), ({"optimizer": "sdg"}, "`optimizer`"), ({"metrics": "acuracy"}, "`metrics`")],
)
def test_a_compilation_is_checked_at_once(wrong: dict[str, Any], message: str) -> None:
    known: dict[str, Any] = {"optimizer": "sgd", "loss": "mse", "metrics": "acc"}
    with pytest.raises(InputError, match=message):
        compile_model(keras.Sequential(), **{**known, **wrong})


def test_words_are_no_pictures() -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(InputError, match="`x` must be an array of numbers"):
        fit_model(model, np.array([["a", "b", "c"]]), [1.0], progress=False)


def test_what_is_no_array_is_named() -> None:
    x, y = arrays()
    assert fit(network(), [x], y, epochs=1)["params"]["steps"] == 1
    for wrong in ([x, x[:, :4]], [x, x, x]):
        with pytest.raises(InputError, match="`x`"):
            fit(network(), wrong, y)
    with pytest.raises(InputError, match="`x` must be a flow"):
        fit(network(), image_data_generator(), y)
    with pytest.raises(InputError, match="`y` must be an array of numbers"):
        fit(network(), x, ["cat"] * 10)
    with pytest.raises(InputError, match="`validation_data` gives pictures of 4 x 8 x 3"):
        fit(network(), x, y, validation_data=[x[:, :4], y])


def test_a_flow_validates_pictures_alone(picture_folder: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    with pytest.raises(InputError, match="`validation_data` gives pictures of 8 x 8 x 3, but the model takes 3"):
        fit(model, np.ones((4, 3)), np.ones((4, 2)), validation_data=flow_of(picture_folder))


def test_a_model_is_trained_after_a_first_step_that_was_interrupted() -> None:
    presses = [KeyboardInterrupt]

    def loss(y: Any, predicted: Any) -> Any:
        if presses:
            raise presses.pop()
        return keras.losses.categorical_crossentropy(y, predicted)

    model = network()
    model.compile("sgd", loss)
    x, y = arrays()
    with pytest.warns(TidycnnWarning, match="interrupted after 0 complete epochs"):
        fit(model, x, y, epochs=1)
    assert np.isfinite(fit(model, x, y, epochs=1)["history"]["value"]).all()


class FailsIn(keras.callbacks.Callback):  # type: ignore[misc]
    """Fails, or does something else, in an epoch counted from 1."""

    def __init__(self, epoch: int, act: Any = None) -> None:
        super().__init__()
        self._epoch, self._act = epoch, act

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._is_due = epoch + 1 == self._epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self._is_due:
            self._is_due = False
            self._act() if self._act else {}["by a callback"]


def on_the_main_thread(picture: Any) -> Any:
    return picture


on_the_main_thread.needs_main_thread = True  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["flow", "main thread", "arrays"])
def test_an_error_is_raised_but_the_model_keeps_what_it_learned_and_its_history(
    picture_folder: Path, kind: str
) -> None:
    here = image_data_generator(rescale=1 / 255, preprocessing_function=on_the_main_thread)
    on_main = flow_images_from_directory(picture_folder, generator=here, target_size=(8, 8), batch_size=4, seed=1)
    data = {"flow": (flow_of(picture_folder),), "main thread": (on_main,), "arrays": arrays()}[kind]
    model = network()
    before = model.get_weights()[0].copy()
    with pytest.warns(TidycnnWarning, match="failed after 2 complete epochs: the model keeps"), pytest.raises(KeyError):
        fit(model, *data, epochs=5, callbacks=[FailsIn(3)])
    assert (model.get_weights()[0] != before).any()
    assert len(model.history.history["loss"]) == 2
    assert len(fit(model, *data, epochs=2)["history"].query("metric == 'loss'")) == 2


def test_an_error_in_the_first_epoch_is_raised_without_more_words(picture_folder: Path) -> None:
    with pytest.raises(KeyError):
        fit(network(), flow_of(picture_folder), epochs=2, callbacks=[FailsIn(1)])


@pytest.mark.parametrize(("number", "words"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "ended by SIGTERM")])
def test_a_signal_ends_a_training_and_the_model_keeps_what_it_learned(
    picture_folder: Path, number: signal.Signals, words: str
) -> None:
    press = FailsIn(2, lambda: signal.raise_signal(number))
    with pytest.warns(TidycnnWarning, match=f"The fit was {words} after 1 complete epoch: the model keeps"):
        trained = fit(network(), flow_of(picture_folder), epochs=5, callbacks=[press])
    assert trained["history"]["epoch"].max() == 1


def test_what_callbacks_write_is_tried_before_the_training(picture_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "file" / "best.keras")
    seen: list[int] = []
    counting = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    with pytest.raises(StoreError, match=r"`filepath` .*best.keras' could not be written"):
        fit(network(), flow_of(picture_folder), callbacks=[counting, checkpoint])
    assert seen == []


def test_images_that_train_and_validate_are_told(picture_folder):
    with pytest.warns(TidycnnWarning, match="among the training and the validation images"):
        fit(network(), flow_of(picture_folder), epochs=1, validation_data=flow_of(picture_folder))


def test_layers_that_were_frozen_since_the_model_began_to_learn_are_told_until_it_is_compiled_again() -> None:
    model, data = network(), arrays()
    fit(model, *data, epochs=1)
    model.trainable = False
    before = model.get_weights()[0]
    with pytest.warns(TidycnnWarning, match="compile\\(\\) it before it learns further"):
        fit(model, *data, epochs=1)
    assert not np.array_equal(model.get_weights()[0], before)  # Keras does not heed it.
    model.trainable = True
    compile_model(model, "sgd", "categorical_crossentropy")
    fit(model, *data, epochs=1)
