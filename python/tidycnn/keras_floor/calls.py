"""The one door from R to Keras's own functions, which turns what R writes into what Keras takes."""

from __future__ import annotations

import contextlib
import inspect
import re
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tidycnn.core.checks import check_positive, checked, coerce
from tidycnn.core.engine import keras
from tidycnn.core.errors import DependencyError, InputError, Missing, TidycnnError, constant, described
from tidycnn.model.drawing import drawing_from
from tidycnn.train.compilation import has_schedule
from tidycnn.train.decay import remember_decay

SHAPE_HINT = "Give the first layer its `input_shape`, such as c(150, 150, 3): height, width and channels."
_COUNT_HINT = "Give a whole number above 0, such as 64."
# What to do, by words of Keras's messages; the first that are found count.
_HINTS = {
    "isn't built": SHAPE_HINT,
    "has never been called": SHAPE_HINT,
    "not been built": SHAPE_HINT,
    "must be a tuple of three integers": SHAPE_HINT,
    "expected min_ndim=4": "The layer takes height, width and channels: give `input_shape` all three, such as "
    "c(150, 150, 3), and put it before `layer_flatten()`.",
    "must be a tuple of 2": "Give height and width, such as c(3, 3), or one number for both.",
    "expected a positive integer": _COUNT_HINT,
    "strictly positive value": _COUNT_HINT,
    "evenly divisible by the number of groups": _COUNT_HINT,
    "between 0 and 1": "Give a share, such as 0.4.",
    "activation function identifier": "Names are 'relu', 'elu', 'tanh', 'sigmoid', 'softmax' and others.",
    "initializer identifier": "Names are 'glorot_uniform', 'he_normal', 'zeros', 'ones' and others.",
    "would be zero or negative": "Pictures are smaller than the window by now: take fewer or smaller windows, "
    '`padding = "same"`, or larger pictures.',
    "must be KerasTensors": "A tensor comes from `layer_input()`, and from the layers behind it.",
    "incompatible with the layer": "The pictures must have the shape that the model was made for.",
    "`target` and `output`": "What is learned must have one column for each unit of the last layer, as flows and "
    "`to_categorical()` give. Positions from 0 go with the loss 'sparse_categorical_crossentropy'.",
    "imagenet": "Weights learned on ImageNet are fetched once; `weights = NULL` starts from random ones.",
}
# What only readers of Keras's code understand.
_NOISE = re.compile(
    r"\x1b\[[0-9;]*m|__init__\(\) |\{cls\.__name__\} "
    r"|Exception encountered when calling \S+\(\)\. | ?Arguments received by .*"
)
_TUPLE = re.compile(r"\(((?:None|-?[0-9.]+)(?:, (?:None|-?[0-9.]+))*),?\)")
# What Keras called its arguments in 2018.
_RENAMED = {"optimizers": {"lr": "learning_rate"}, "LeakyReLU": {"alpha": "negative_slope"}}
_CONSTANTS = {"=None": None, "=True": True, "=False": False}


def call_keras(target: str, arguments: Mapping[str, Any], seed: int | None = None) -> Any:
    """Call a function of Keras, or make an object of a class.

    Parameters
    ----------
    target
        Its place in Keras, such as `"layers.Dense"`.
    arguments
        By Keras's names; `lr` stands for `learning_rate`, as in 2018.
    seed
        Initial weights that draw numbers follow from it.
    """
    function = keras
    for part in target.split("."):
        function = getattr(function, part)
    known = dict(arguments)
    for part in target.split("."):
        for old, new in _RENAMED.get(part, {}).items():
            known |= {new: known.pop(old)} if known.get(old) is not None else {}
    with drawing_from(seed), in_words_of_r():
        try:
            return function(**as_keras(known, function))
        except Exception as error:
            if "URL fetch failure" not in str(error):
                raise
            raise DependencyError(
                f"`weights` could not be fetched: {error}.",
                hint="Give `weights` a file that has them, or NULL to start from random ones.",
            ) from error


def as_keras(arguments: Mapping[str, Any], function: Callable[..., Any]) -> dict[str, Any]:
    """Turn values of R into what a function of Keras takes.

    A whole number becomes an int unless Keras's default is a float, several values become a tuple, and NA, which stands
    for any size in a shape, becomes None.
    """
    defaults = {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}
    # What a layer cannot do without is a number.
    is_layer = isinstance(function, type) and issubclass(function, keras.Layer)
    for name, value in arguments.items():
        is_needed = is_layer and name != "activation" and defaults.get(name) is inspect.Parameter.empty
        if isinstance(value, str) and (is_needed or type(defaults.get(name)) in (int, float)):
            raise InputError(f"`{name}` must be a number, not {described(value)}.")
    return {name: _as_keras(value, defaults.get(name)) for name, value in arguments.items()}


def _as_keras(value: Any, default: Any) -> Any:
    if isinstance(value, Missing):
        return None
    if isinstance(value, float) and value.is_integer() and not isinstance(default, float):
        return int(value)
    if type(value) is int and isinstance(default, float):
        return float(value)
    if isinstance(value, list) and all(isinstance(item, int | float | Missing) for item in value):
        return tuple(_as_keras(item, None) for item in value)
    return value


@contextlib.contextmanager
def in_words_of_r(*, is_running: bool = False) -> Iterator[None]:
    """Raise what Keras refuses as an error about the user's input, in the words of R.

    While a model runs, only what Keras itself raises counts: all else is a mistake of ours.
    """
    try:
        with warnings.catch_warnings():
            # Scripts of 2018 give the shape to the first layer; Keras 3 would rather have an input of its own.
            warnings.filterwarnings("ignore", message="Do not pass an `input_shape`")
            yield
    except TidycnnError:
        raise
    except (ValueError, TypeError, AttributeError, NotImplementedError) as error:
        if is_running and not (isinstance(error, ValueError) and _is_of_keras(error)):
            raise
        hint = next((hint for words, hint in _HINTS.items() if words in str(error)), None)
        raise InputError(_in_words_of_r(str(error)), hint=hint) from error


def _is_of_keras(error: Exception) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and "keras" in Path(frames[-1].filename).parts


def _in_words_of_r(message: str) -> str:
    """Give the message of Keras without what only readers of its code understand."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    text = _TUPLE.sub(lambda found: f"c({found[1].replace('None', 'NA')})", _NOISE.sub("", " ".join(lines)))
    for spelled, value in _CONSTANTS.items():
        text = text.replace(spelled, f" = {constant(value)}")
    return text[:600] or described(message)


@checked
def set_seed(seed: int) -> None:
    """Set Keras's, NumPy's and Python's global streams."""
    keras.utils.set_random_seed(seed % 2**32)


def make_schedule(name: str, arguments: Mapping[str, Any]) -> Any:
    """Make a schedule of the learning rate, which computes in the type of its numbers: whole ones are floats, too."""

    def as_float(argument: str, value: Any) -> Any:
        if value is None or isinstance(value, bool) or argument == "name":
            return value
        return coerce(value, Sequence[float] if isinstance(value, list) else float, argument)

    with in_words_of_r():
        known = {argument: as_float(argument, value) for argument, value in arguments.items()}
        return getattr(keras.optimizers.schedules, name)(**known)


def make_optimizer(target: str, arguments: Mapping[str, Any]) -> Any:
    """Make an optimizer, which a fit follows with the decay of 2018 where it has one."""
    known = dict(arguments)
    for name in ("lr", "learning_rate"):
        if isinstance(known.get(name), int | float):
            check_positive(known[name], name)
    decay = coerce(known.pop("decay", None) or 0.0, float, "decay")
    optimizer = call_keras(target, known)
    if decay and has_schedule(optimizer):
        raise InputError("`decay` cannot change a learning rate that follows a schedule.", hint="Give one of both.")
    return remember_decay(optimizer, decay)
