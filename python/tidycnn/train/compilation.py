"""Choosing optimizer, loss and metrics: what the user gave, else what the model was compiled with, else by the head."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tidycnn.core.checks import check_positive
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, constant, counted, described, warn
from tidycnn.core.progress import remark
from tidycnn.core.types import ClassMode
from tidycnn.train.decay import decay_of, remember_decay, unscaled_optimizer
from tidycnn.train.head import Head, Outputs

DEFAULT_OPTIMIZER = "adam"
DEFAULT_METRICS = ("accuracy",)
# Metrics that Keras chooses by what the model gives.
METRICS_BY_HEAD = ("accuracy", "acc", "crossentropy", "ce")

_CROSS_ENTROPIES: dict[str, Any] = {
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
    "binary_focal_crossentropy": keras.losses.BinaryFocalCrossentropy,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
    "categorical_focal_crossentropy": keras.losses.CategoricalFocalCrossentropy,
    "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy,
}
# With one unit without activation, only these tell the two labels apart at 0.
_SPLIT_AT_ZERO = ("binary_crossentropy", "binary_focal_crossentropy", "hinge", "squared_hinge")


@dataclass(frozen=True)
class Compilation:
    """What follows from the loss: how labels are coded, and what the model gives."""

    class_mode: ClassMode
    outputs: Outputs
    optimizer: dict[str, Any]
    loss: str
    metrics: list[str]


@dataclass(frozen=True)
class _Own:
    """What a model was compiled with."""

    optimizer: Any
    loss: Any
    metrics: list[Any]
    options: dict[str, Any]


def compile_copy(
    copy: Any,
    model: Any,
    head: Head,
    *,
    optimizer: Any = DEFAULT_OPTIMIZER,
    learning_rate: float | None = None,
    loss: Any = None,
    metrics: Sequence[str] = DEFAULT_METRICS,
    class_mode: ClassMode | None = None,
) -> Compilation:
    """Compile `copy`; what is not given is taken from the compilation of `model` where it has one.

    `class_mode` is how labels are coded where that stands already, because the user gave a flow.
    """
    own = _own_compilation(model)
    keeps_optimizer = own is not None and optimizer == DEFAULT_OPTIMIZER
    keeps_loss = own is not None and loss is None and own.loss is not None
    keeps_metrics = own is not None and bool(own.metrics) and tuple(metrics) == DEFAULT_METRICS
    rule = _resolve_optimizer(own.optimizer if own and keeps_optimizer else optimizer, learning_rate)
    chosen = _sole(own.loss) if own and keeps_loss else _choose_loss(loss, head, class_mode)
    name = loss_name(chosen)
    _check_loss(name, chosen, head)
    outputs = _outputs_of(name, chosen, head)
    if own and keeps_metrics:
        measured = _copy_metrics(own.metrics)
    else:
        measured = [_resolve_metric(metric, head, outputs) for metric in metrics]
    copy.compile(optimizer=rule, loss=chosen, metrics=measured, **(own.options if own else {}))
    if keeps_optimizer or keeps_loss:
        kept = [f"optimizer ({type(rule).__name__})"] * keeps_optimizer + [f"loss ({name})"] * keeps_loss
        remark(f"The model is compiled: it keeps its own {' and '.join(kept)}.")
    coded: ClassMode = "sparse" if "sparse" in name else "binary" if head.units == 1 else "categorical"
    return Compilation(coded, outputs, describe_optimizer(rule), name, [_metric_name(metric) for metric in measured])


def compile_alike(copy: Any, model: Any) -> None:
    """Compile `copy` as `model` is compiled, with an optimizer and metrics of its own."""
    own = _own_compilation(model)
    if own is not None:
        options = {**own.options, "weighted_metrics": _copy_metrics(own.options.get("weighted_metrics") or []) or None}
        rule = _resolve_optimizer(own.optimizer, None)
        copy.compile(optimizer=rule, loss=own.loss, metrics=_copy_metrics(own.metrics), **options)


def changed_since_learning(model: Any) -> int:
    """Count the weights that were frozen or unfrozen since a model began to learn, which Keras does not heed."""
    optimizer = getattr(model, "optimizer", None)
    # Keras makes the function that trains at the first step, and compiling lets go of it.
    if optimizer is None or not optimizer.built or model.train_function is None:
        return 0
    known = {id(variable) for variable in unscaled_optimizer(optimizer)._trainable_variables}
    return len(known.symmetric_difference(id(variable) for variable in model.trainable_variables))


def has_schedule(optimizer: Any) -> bool:
    """Whether the learning rate follows a schedule of its own."""
    return isinstance(optimizer.get_config().get("learning_rate"), dict)


def describe_optimizer(optimizer: Any) -> dict[str, Any]:
    """Give the name and the parameters of an optimizer as plain data."""
    config = {name: _plain(value) for name, value in optimizer.get_config().items()}
    return {**config, "name": type(optimizer).__name__, "decay": decay_of(optimizer)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if (hasattr(value, "item") or isinstance(value, float)) and not isinstance(value, bool):
        # Keras keeps its numbers in single precision: 0.001 is 0.0010000000474974513.
        return float(f"{float(value):.7g}")
    return value if isinstance(value, str | int | None) else str(value)


def _metric_name(metric: Any) -> str:
    return metric if isinstance(metric, str) else str(getattr(metric, "name", getattr(metric, "__name__", metric)))


def compiled_metrics(model: Any) -> list[Any]:
    """Give the metrics that a model was compiled with: names, and live objects, which know their names."""
    metrics = model._compile_config.config.get("metrics") or []
    return list(metrics.values()) if isinstance(metrics, dict) else list(metrics)


def find_loss(loss: Any) -> Any:
    """Give the loss of Keras that is named, or that itself."""
    if getattr(loss, "needs_main_thread", False):
        raise InputError(
            "`loss` cannot be an R function, which TensorFlow cannot differentiate.",
            hint="Name a Keras loss, or write the function in Python.",
        )
    try:
        return keras.losses.get(loss)
    except (ValueError, TypeError):
        raise InputError(
            f"`loss` must be the name of a Keras loss, a Keras loss or a function, not {described(loss)}.",
            hint="Names are 'categorical_crossentropy', 'binary_crossentropy' and others.",
        ) from None


def find_optimizer(optimizer: Any) -> Any:
    """Give the optimizer of Keras that is named, or that itself."""
    try:
        return keras.optimizers.get(optimizer)
    except (ValueError, TypeError):
        raise InputError(
            f"`optimizer` must be the name of a Keras optimizer or a Keras optimizer, not {described(optimizer)}.",
            hint="Names are 'adam', 'sgd', 'rmsprop', 'adamw', 'nadam', 'adagrad', 'adamax' and others.",
        ) from None


def find_metric(metric: str) -> Any:
    """Give the metric of Keras that is named."""
    try:
        return keras.metrics.get(metric)
    except (ValueError, TypeError):
        raise InputError(
            f"`metrics` must be names of Keras metrics, not {described(metric)}.",
            hint="Names are 'accuracy', 'auc', 'precision', 'recall', 'top_k_categorical_accuracy' and others.",
        ) from None


def _own_compilation(model: Any) -> _Own | None:
    if not model.compiled:
        return None
    # The live objects: a loss that is a plain function cannot be rebuilt from its configuration.
    config = dict(model._compile_config.config)
    # Progress, thresholds and losses are watched step by step.
    others = ("optimizer", "loss", "metrics", "steps_per_execution")
    options = {name: config[name] for name in config if name not in others}
    return _Own(model.optimizer, model.loss, compiled_metrics(model), options)


def _resolve_optimizer(optimizer: Any, learning_rate: float | None) -> Any:
    found = find_optimizer(optimizer)
    # Always a fresh one: an optimizer belongs to the weights that it was first used with.
    config = found.get_config()
    if learning_rate is not None:
        check_positive(learning_rate, "learning_rate")
        config["learning_rate"] = learning_rate
    return remember_decay(type(found).from_config(config), decay_of(found))


def _sole(loss: Any) -> Any:
    values = list(loss.values()) if isinstance(loss, dict) else loss
    return values[0] if isinstance(values, list | tuple) and len(values) == 1 else loss


def _choose_loss(loss: Any, head: Head, class_mode: ClassMode | None) -> Any:
    if loss is None:
        if head.activation not in ("sigmoid", "softmax", "linear"):
            raise InputError(
                f"`loss` must be given, because the model ends with the activation {head.activation!r}.",
                hint="With a softmax or sigmoid activation it is chosen for you.",
            )
        one_each = head.units > 1 and head.activation != "sigmoid"
        coded = "sparse_categorical" if class_mode == "sparse" else "categorical"
        loss = f"{coded}_crossentropy" if one_each else "binary_crossentropy"
    if isinstance(loss, str):
        name = loss_name(loss)
        if name in ("crossentropy", "ce"):
            return _choose_loss(None, head, class_mode)
        if name in _CROSS_ENTROPIES:
            return _CROSS_ENTROPIES[name](from_logits=head.gives_logits)
    return find_loss(loss)


def loss_name(loss: Any) -> str:
    """Name a loss as Keras does: by its function or class."""
    if isinstance(loss, keras.losses.Loss):
        # The name of a loss object may be the user's own; its class or function is not.
        function = getattr(loss, "fn", None)
        loss = getattr(function, "__name__", type(loss).__name__)
    name = loss if isinstance(loss, str) else str(getattr(loss, "__name__", type(loss).__name__))
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _check_loss(name: str, loss: Any, head: Head) -> None:
    if head.units == 1 and "categorical" in name:
        raise InputError(
            f"`loss` {name!r} needs one unit per label, but `model` ends with {counted(1, 'unit')}.",
            hint="Use 'binary_crossentropy' with one sigmoid unit.",
        )
    if head.units == 1 and head.gives_logits and name not in _SPLIT_AT_ZERO and not _takes_logits(loss):
        raise InputError(
            f"`model` ends with one unit without a sigmoid activation, and with `loss` {name!r} "
            "its values become no probabilities.",
            hint="Give the last layer the activation 'sigmoid'.",
        )
    is_cross_entropy = name in _CROSS_ENTROPIES
    if head.units > 1 and head.activation == "sigmoid" and "categorical" in name:
        warn(
            f"The loss {name!r} takes one probability distribution over the labels, but the model ends with sigmoid, "
            "whose units are independent of each other: it will learn badly. Give the last layer the activation "
            "'softmax', or use the loss 'binary_crossentropy'."
        )
    if is_cross_entropy and head.activation in ("sigmoid", "softmax") and _takes_logits(loss):
        warn(
            f"The loss {name!r} takes values before the activation (from_logits), but the model ends with "
            f"{head.activation}: it will learn badly. Compile it with from_logits = {constant(False)}."
        )
    if is_cross_entropy and head.gives_logits and not _takes_logits(loss):
        warn(
            f"The loss {name!r} takes probabilities, but the model ends without a softmax or sigmoid activation: "
            f"it will learn badly. Compile it with from_logits = {constant(True)}."
        )


def _outputs_of(name: str, loss: Any, head: Head) -> Outputs:
    is_known = head.activation in ("sigmoid", "softmax")
    return "logit" if head.gives_logits or (not is_known and _takes_logits(loss)) else "probability"


def _takes_logits(loss: Any) -> bool:
    config = loss.get_config() if isinstance(loss, keras.losses.Loss) else {}
    return bool(config.get("from_logits", False))


def _copy_metrics(metrics: Sequence[Any]) -> list[Any]:
    return [
        type(metric).from_config(metric.get_config()) if isinstance(metric, keras.metrics.Metric) else metric
        for metric in metrics
    ]


def _resolve_metric(metric: str, head: Head, outputs: Outputs) -> Any:
    if metric in ("accuracy", "acc"):
        splits_at_zero = head.units == 1 and outputs == "logit"
        return keras.metrics.BinaryAccuracy(name=metric, threshold=0.0) if splits_at_zero else metric
    if metric in METRICS_BY_HEAD:
        return metric
    found = find_metric(metric)
    if not isinstance(found, keras.metrics.Metric):
        return metric
    # Keras numbers the names of a session's metrics (auc, auc_1): here they stay as they were asked for.
    config = {**found.get_config(), "name": metric}
    # A history has one number an epoch, also of a metric that Keras gives for each label.
    return type(found).from_config({**config, "average": "macro"} if config.get("average", "") is None else config)
