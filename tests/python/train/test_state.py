import keras
import numpy as np
import pytest

from tidycnn.train.callbacks import KeepBest, RecordHistory, StopAt
from tidycnn.train.state import TakeUp, get_state, set_state

X = np.linspace(0, 1, 24, dtype=np.float32).reshape(24, 1)
Y = (X > 0.5).astype(np.float32)
# Validation losses that fall, rise, fall and rise again.
LOSSES = [1.0, 0.8, 0.9, 0.95, 0.7, 0.9, 0.91, 0.92, 0.93]


class Losses(keras.callbacks.Callback):
    """Puts known numbers in place of what was measured."""

    def on_epoch_end(self, epoch, logs=None):
        logs["val_loss"] = LOSSES[epoch]


class PowerCutError(Exception):
    """What ends a training at once."""


class PowerCut(keras.callbacks.Callback):
    """Ends a training behind an epoch."""

    def __init__(self, epochs):
        super().__init__()
        self._epochs = epochs

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self._epochs and not self.model.stop_training:
            raise PowerCutError


def make_model():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    return model


def fit(model, callbacks, *, begin=0, states=None):
    taken = [] if states is None else [TakeUp(callbacks, states)]
    model.fit(
        X,
        Y,
        batch_size=8,
        shuffle=False,
        verbose=0,
        initial_epoch=begin,
        epochs=len(LOSSES),
        callbacks=[Losses(), *callbacks, *taken],
    )
    return model


def early_stopping():
    return keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)


def reduce_on_plateau():
    return keras.callbacks.ReduceLROnPlateau(monitor="val_loss", patience=2, factor=0.5, cooldown=1)


MAKERS = {
    "EarlyStopping": early_stopping,
    "ReduceLROnPlateau": reduce_on_plateau,
    "KeepBest": lambda: KeepBest("val_loss", 3),
    "StopAt": lambda: StopAt({"val_loss": 0.75}, is_validated=True),
    "RecordHistory": RecordHistory,
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("at", [1, 3, 4])
def test_a_callback_that_is_taken_up_decides_as_one_that_was_never_put_down(name, at):
    whole_callback = MAKERS[name]()
    whole = fit(make_model(), [whole_callback])

    first = MAKERS[name]()
    model = make_model()
    with pytest.raises(PowerCutError):
        fit(model, [first, PowerCut(at)])
    state = get_state(first)
    second = MAKERS[name]()
    fit(model, [second], begin=at, states=[state])

    assert repr(get_state(second)) == repr(get_state(whole_callback))
    assert float(model.optimizer.learning_rate) == float(whole.optimizer.learning_rate)
    assert model.stop_training == whole.stop_training
    np.testing.assert_array_equal(model.get_weights()[0], whole.get_weights()[0])


def test_without_its_state_a_callback_decides_otherwise():
    whole = early_stopping()
    fit(make_model(), [whole])
    model = make_model()
    with pytest.raises(PowerCutError):
        fit(model, [early_stopping(), PowerCut(7)])
    fresh = early_stopping()
    fit(model, [fresh], begin=7)
    assert fresh.stopped_epoch != whole.stopped_epoch


def test_states_are_copies():
    record = RecordHistory()
    record.on_epoch_end(0, {"loss": 1.0})
    state = get_state(record)
    record.on_epoch_end(1, {"loss": 0.5})
    other = RecordHistory()
    set_state(other, state)
    assert other.history()["value"].tolist() == [1.0]


def test_a_callback_that_keeps_nothing_has_no_state():
    assert get_state(keras.callbacks.LambdaCallback()) == {}
    set_state(keras.callbacks.LambdaCallback(), {})
