"""Fitting, on pictures so small that a fit takes a moment."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import Any

import keras
import numpy as np
import pytest

from tidycnn import fit_classifier, flow_images_from_data, image_data_generator
from tidycnn.core.errors import InputError, TidycnnError, TidycnnWarning
from tidycnn.fit.classifier import glance_classifier

ONE_EPOCH: dict[str, Any] = {"epochs": 1, "seed": 1}


class SetWeights(keras.callbacks.Callback):
    """Ends every epoch with weights that a test knows: each is the number of the epoch."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.model.set_weights([np.full_like(w, self.epoch) for w in self.model.get_weights()])

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch + 1


class Interrupt(keras.callbacks.Callback):
    """Presses Ctrl-C at the first batch of an epoch."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.wanted, self.epoch = epoch, 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch + 1

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self.epoch == self.wanted:
            raise KeyboardInterrupt


def same_weights(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.model.get_weights(), other.model.get_weights(), strict=True))


def test_a_fit_learns_to_tell_dark_from_bright(make_model, images):
    classifier = fit_classifier(make_model(), images, epochs=8, learning_rate=0.3, batch_size=4, seed=1)
    history = classifier.history
    assert history[(history["data"] == "validation") & (history["metric"] == "accuracy")]["value"].iloc[-1] == 1
    assert classifier.levels == ["cat", "dog"]


def test_the_history_has_a_row_per_epoch_data_and_metric(make_model, images):
    history = fit_classifier(make_model(), images, epochs=2, seed=1).history
    assert list(history.columns) == ["stage", "epoch", "data", "metric", "value"]
    keys = history[["stage", "epoch", "data", "metric"]].to_numpy().tolist()
    one = [["train", "loss"], ["train", "accuracy"], ["validation", "loss"], ["validation", "accuracy"]]
    assert keys == [[1, epoch, *key] for epoch in (1, 2) for key in one]


def test_the_same_line_twice_gives_the_same_weights_and_leaves_the_model_as_it_was(make_model, images):
    model = make_model(dropout=0.5)
    before = model.get_weights()
    first, second = (fit_classifier(model, images, epochs=2, batch_size=4, seed=1) for _ in range(2))
    assert same_weights(first, second)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert not model.compiled


def test_the_share_of_the_generator_validates_where_nothing_else_says_what_does(make_model, images):
    generator = image_data_generator(rescale=1 / 255, validation_split=0.5)
    undivided = images.drop(columns="split")
    classifier = fit_classifier(make_model(), undivided, generator=generator, epochs=1, seed=1)
    assert (classifier.images["split"] == "validation").sum() == len(undivided) // 2
    divided = fit_classifier(make_model(), images, generator=generator, epochs=1, seed=1)
    assert (divided.images["split"] == "validation").sum() == (images["split"] == "validation").sum()


def test_another_seed_gives_other_weights(make_model, images):
    first, second = (fit_classifier(make_model(dropout=0.5), images, epochs=1, batch_size=4, seed=s) for s in (1, 2))
    assert not same_weights(first, second)


def test_a_seed_that_is_not_given_is_drawn_and_recorded(make_model, images):
    first = fit_classifier(make_model(dropout=0.5), images, epochs=1)
    again = fit_classifier(make_model(dropout=0.5), images, epochs=1, seed=first.seed)
    assert same_weights(first, again)


@pytest.mark.parametrize(("given", "steps"), [(199.14, 199), (0.2, 1), (3, 3)])
def test_steps_are_rounded_down_but_never_below_one(make_model, images, given, steps):
    class Count(keras.callbacks.Callback):
        batches = 0

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.batches += 1

    count = Count()
    fit_classifier(make_model(), images, steps_per_epoch=given, batch_size=2, callbacks=count, **ONE_EPOCH)
    assert count.batches == steps


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"steps_per_epoch": 0}, "`steps_per_epoch` must be a number above 0, not 0.0"),
        ({"steps_per_epoch": float("nan")}, "`steps_per_epoch` must be a number above 0, not nan"),
        ({"epochs": 0}, "`epochs` must be a whole number of at least 1, not 0"),
        ({"epochs": 1.5}, "`epochs` must be a whole number, not 1.5"),
        ({"batch_size": 0}, "`batch_size` must be"),
        ({"patience": 0}, "`patience` must be"),
        ({"class_weight": "equal"}, "`class_weight` must be"),
        ({"stop_at": {"val_auc": 1}}, "`stop_at` names 'val_auc'"),
        ({"target_size": (9, 9)}, "takes images of 8 x 8 x 3"),
        ({"callbacks": 3}, "`callbacks` must be"),
        ({"seed": -1}, "`seed` must be"),
    ],
)
def test_a_wrong_argument_is_named(make_model, images, wrong, message):
    with pytest.raises(InputError, match=message):
        fit_classifier(make_model(), images, **{**ONE_EPOCH, **wrong})


def test_a_learning_rate_with_a_schedule_cannot_be_reduced(make_model, images):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    with pytest.raises(InputError, match="follows a schedule of its own"):
        fit_classifier(make_model(), images, optimizer=keras.optimizers.SGD(schedule), reduce_lr=1, **ONE_EPOCH)


def test_the_learning_rate_is_written_down_where_it_is_reduced(make_model, images):
    history = fit_classifier(make_model(), images, epochs=1, reduce_lr=1, seed=1).history
    assert history[history["metric"] == "learning_rate"]["value"].tolist() == [pytest.approx(0.001)]


def test_with_patience_the_weights_of_the_best_epoch_are_kept(make_model, images):
    # All weights 1, then 2, then 3: with equal rows of weights the loss stays, so the first epoch is the best.
    classifier = fit_classifier(make_model(), images, epochs=9, patience=2, callbacks=SetWeights(), seed=1)
    assert {float(value) for w in classifier.model.get_weights() for value in w.ravel()} == {1.0}
    assert (classifier.best_epoch, classifier.kept_epoch, classifier.history["epoch"].max()) == (1, 1, 3)


def test_without_patience_the_last_weights_are_kept(make_model, images):
    classifier = fit_classifier(make_model(), images, epochs=3, callbacks=SetWeights(), seed=1)
    assert {float(value) for w in classifier.model.get_weights() for value in w.ravel()} == {3.0}
    assert (classifier.best_epoch, classifier.kept_epoch) == (1, 3)


def test_weights_that_a_callback_of_the_user_goes_back_to_are_told(make_model, images):
    stopper = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    classifier = fit_classifier(make_model(), images, epochs=9, callbacks=[SetWeights(), stopper], seed=1)
    assert {float(value) for w in classifier.model.get_weights() for value in w.ravel()} == {1.0}
    assert classifier.kept_epoch == 1


def test_class_weights_and_weights_of_images_exclude_each_other(make_model):
    x, y = np.zeros((4, 8, 8, 3), np.uint8), ["cat", "dog"] * 2
    flow = flow_images_from_data(x, y, sample_weight=[1, 2, 3, 4])
    with pytest.raises(InputError, match="`class_weight` is given, but the images of the flow have weights"):
        fit_classifier(make_model(), flow, class_weight="balanced", **ONE_EPOCH)


def test_the_fit_stops_at_a_threshold_and_keeps_that_epoch(make_model, images):
    classifier = fit_classifier(
        make_model(), images, epochs=9, stop_at={"val_loss": 100}, patience=5, callbacks=SetWeights(), seed=1
    )
    assert (classifier.kept_epoch, classifier.history["epoch"].max()) == (1, 1)


def test_a_loss_that_is_no_number_is_an_error_where_nothing_good_was_kept(make_model, images):
    with pytest.raises(TidycnnError, match="Give a smaller `learning_rate`"):
        fit_classifier(make_model(2, "linear"), images, learning_rate=1e38, optimizer="sgd", epochs=5, seed=1)


def test_ctrl_c_returns_the_classifier_learned_so_far(make_model, images):
    with pytest.warns(TidycnnWarning, match="The fit was interrupted. .* after 2 complete epochs."):
        classifier = fit_classifier(make_model(), images, epochs=5, callbacks=Interrupt(3), seed=1)
    twice = fit_classifier(make_model(), images, epochs=2, seed=1)
    assert same_weights(classifier, twice)
    assert classifier.history.equals(twice.history)


def test_ctrl_c_gives_the_best_epoch_back_where_it_was_kept(make_model, images):
    with pytest.warns(TidycnnWarning, match="the weights of the best epoch, 1"):
        classifier = fit_classifier(
            make_model(), images, epochs=5, patience=5, callbacks=[SetWeights(), Interrupt(3)], seed=1
        )
    assert classifier.kept_epoch == 1


def test_ctrl_c_before_the_first_epoch_says_so(make_model, images):
    with pytest.warns(TidycnnWarning, match="No epoch was complete"):
        classifier = fit_classifier(make_model(), images, callbacks=Interrupt(1), **ONE_EPOCH)
    assert len(classifier.history) == 0


def test_progress_counts_every_step(make_model, images, heard):
    fit_classifier(make_model(), images, batch_size=5, epochs=3, seed=1)
    assert heard.totals == [6]
    assert heard.notes[-1].startswith("epoch 3/3 loss ")
    assert [line.split("  ")[0] for line in heard.told] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert "  val_accuracy " in heard.told[-1]


def test_no_progress_is_shown_where_none_is_wanted(make_model, images, heard, capfd):
    fit_classifier(make_model(), images, progress=False, **ONE_EPOCH)
    assert heard.notes == []
    assert capfd.readouterr().out == ""


def test_a_glance_at_a_fit_tells_the_epoch_kept(make_model, images):
    classifier = fit_classifier(make_model(), images.assign(group=range(16)), epochs=2, seed=7)
    row = glance_classifier(classifier).iloc[0]
    assert (row["epochs"], row["seed"], row["images"], row["groups"]) == (2, 7, 10, 10)
    assert row["val_loss"] == classifier.history.query("data == 'validation' and metric == 'loss'")["value"].iloc[-1]


FIT_IN_A_PROCESS = """
import sys, keras
import numpy as np
import tidycnn
start = keras.initializers.GlorotUniform(seed=1)
layers = [keras.layers.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, activation="relu", kernel_initializer=start)]
layers += [keras.layers.Dropout(0.3), keras.layers.GlobalAveragePooling2D()]
model = keras.Sequential([*layers, keras.layers.Dense(2, activation="softmax", kernel_initializer=start)])
generator = tidycnn.image_data_generator(rescale=1 / 255, rotation_range=20, horizontal_flip=True)
class Ready(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            print("ready", flush=True)
classifier = tidycnn.fit_classifier(
    model, sys.argv[1], generator=generator, validation=0.3, epochs=int(sys.argv[2]), batch_size=4, seed=5,
    callbacks=Ready(), progress=False,
)
print(classifier.history["epoch"].max(), float(sum(np.abs(w).sum() for w in classifier.model.get_weights())).hex())
"""


@pytest.mark.slow
def test_two_processes_with_one_seed_learn_the_same(picture_folder):
    command = [sys.executable, "-c", FIT_IN_A_PROCESS, str(picture_folder.parent / "small"), "3"]
    picture_folder.rename(picture_folder.parent / "small")
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_an_interrupt_from_outside_returns_the_classifier(picture_folder):
    command = [sys.executable, "-c", FIT_IN_A_PROCESS, str(picture_folder), "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert int(out.split()[0]) >= 1
    assert "The fit was interrupted." in errors
