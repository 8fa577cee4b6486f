"""Which of several parts is which: told by their names where they have any, else by their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tidycnn.core.checks import check_known
from tidycnn.core.errors import InputError, listed
from tidycnn.model.graph import Ports, inputs_of, outputs_of

# What the parts of a batch are called where they are not called as the model calls them.
_ROLES = {"x": 0, "inputs": 0, "y": 1, "targets": 1, "sample_weight": 2, "sample_weights": 2, "weights": 2}


def arranged(values: Mapping[str, Any], ports: Ports, argument: str, *, may_lack: bool = False) -> list[Any]:
    """Give named values in the order of a model's inputs or outputs; None for those that lack where they may."""
    known = ports.names
    if not known:  # One, of a model that is not built.
        return list(values.values())
    if len(set(known)) < len(known):
        raise InputError(
            f"`{argument}` has names, but several {ports.noun} of the model have the same: {listed(known)}.",
            hint="Give the values in their order, without names.",
        )
    check_known(values, argument, known, noun=f"{ports.noun} of the model")
    lacking = [name for name in known if name not in values]
    if lacking and not may_lack:
        raise InputError(
            f"`{argument}` must name all {ports.noun} of the model, {listed(known)}, but lacks {listed(lacking)}.",
            hint="Name all of them, in any order, or none and keep their order.",
        )
    return [values.get(name) for name in known]


def packed(parts: Sequence[Any], ports: Ports) -> Any:
    """Put several parts together as Keras takes them: by name where the model has its inputs or outputs by name."""
    return dict(zip(ports.names, parts, strict=True)) if ports.is_named else tuple(parts)


def apart(values: Any, model: Any, argument: str) -> tuple[Any, Any]:
    """Take a list of inputs and outputs together apart by name; None for the outputs where it has none."""
    inputs, outputs = inputs_of(model), outputs_of(model)
    if not isinstance(values, Mapping) or set(values) <= set(inputs.names) or not set(values) & set(outputs.names):
        return values, None
    check_known(values, argument, [*inputs.names, *outputs.names], noun="inputs and outputs of the model")
    given, learned = ({name: values[name] for name in values if name in ports.names} for ports in (inputs, outputs))
    return given, learned


def check_given_once(learned: Any, y: Any, argument: str) -> None:
    """Refuse targets that are given twice."""
    if learned is not None and y is not None:
        raise InputError(
            f"`{argument}` names the outputs of the model, and `y` is given too.", hint="Give the targets once."
        )


def batch_parts(values: Any, model: Any, argument: str) -> list[Any] | None:
    """Give pictures, targets and weights, as far as there are any; None where it is no list of one to three of them."""
    if isinstance(values, Mapping):
        return _named_parts(values, model, argument)
    return list(values) if isinstance(values, list | tuple) and 1 <= len(values) <= 3 else None


def _named_parts(values: Mapping[str, Any], model: Any, argument: str) -> list[Any]:
    inputs, outputs = inputs_of(model), outputs_of(model)
    if set(values) <= {*inputs.names, *outputs.names}:
        x, y = apart(values, model, argument)
        return [x] if y is None else [x, y]
    if not set(values) <= set(_ROLES):
        check_known(
            values, argument, ["x", "y", "sample_weight", *inputs.names, *outputs.names], noun="names that count here"
        )
        raise InputError(
            f"`{argument}` names {listed(values)}: parts of a batch beside inputs and outputs of the model.",
            hint="Name `x`, `y` and `sample_weight`, or all inputs and outputs of the model.",
        )
    roles = {_ROLES[name]: value for name, value in values.items()}
    if len(roles) < len(values) or sorted(roles) != list(range(len(roles))):
        raise InputError(f"`{argument}` must have the parts 'x', 'y' and maybe 'sample_weight', not {listed(values)}.")
    return [roles[role] for role in range(len(roles))]


def are_scalars(values: Mapping[str, Any]) -> bool:
    """Whether it is a vector of which R has named the values, and no list of parts."""
    return all(np.ndim(value) == 0 for value in values.values())
