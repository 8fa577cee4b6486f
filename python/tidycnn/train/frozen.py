"""What the frozen part of a model gives is computed once, and the rest learns from it.

A model is cut behind its frozen layers (`model/cut`). What the part before the cut gives for each picture is kept
(`outputs`), so that an epoch runs through the part behind it alone. The layers are the model's: what that part learns,
the model knows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.errors import counted, warn
from tidycnn.core.progress import remark
from tidycnn.model.cut import Cut, cut_model
from tidycnn.train.compilation import compile_alike
from tidycnn.train.outputs import KeptOutputs, compute_missing
from tidycnn.train.plan import Plan


@dataclass(frozen=True)
class Learning:
    """What learns from what: a compiled model, and the flows that train and validate."""

    model: Any
    train: Any
    validation: Any
    needs_main_thread: bool


def learning_of(
    plan: Plan,
    model: Any,
    train: Any,
    validation: Any,
    *,
    progress: bool = True,
    heed: Callable[[], None] | None = None,
) -> Learning:
    """Give what learns by a plan: the part of a compiled model behind its frozen layers, where these are computed once.

    Else, or where nothing can be cut off, the model itself. `heed` is called now and then while they are computed.
    """
    cut = cut_of(plan, model, train, validation)
    if cut is None:
        flows = [flow for flow in (train, validation) if flow is not None]
        return Learning(model, train, validation, any(flow.needs_main_thread for flow in flows))
    compile_alike(cut.behind, model)
    # Keras warns of an optimizer that has fewer variables in the file than where it is read.
    model.optimizer.build(model.trainable_variables)
    passes = plan.augment_passes or 1
    if train.generator.is_augmenting and plan.epochs * plan.steps > passes * len(train):
        remark(
            f"The frozen layers are computed once: of the augmented images {counted(passes, 'pass', 'passes')} "
            f"{'comes' if passes == 1 else 'come'} again in turn (`augment_passes`)."
        )
    kept = [KeptFlow(each.flow, each) for each in outputs_before(cut, plan, train, validation)]
    compute_missing([flow.outputs for flow in kept], progress=progress, heed=heed)
    for flow in kept:
        _tell_failed(flow.outputs)
    return Learning(cut.behind, kept[0], kept[1] if len(kept) > 1 else None, needs_main_thread=False)


def cut_of(plan: Plan, model: Any, train: Any, validation: Any) -> Cut | None:
    """Cut a model where what its frozen layers give is computed once by a plan; None where it is not."""
    flows = [flow for flow in (train, validation) if flow is not None]
    return cut_model(model) if plan.augment_passes and not any(map(_has_further_inputs, flows)) else None


def outputs_before(cut: Cut, plan: Plan, train: Any, validation: Any) -> list[KeptOutputs]:
    """Give what is kept of the part of a model before a cut: for the images that train, and for those that validate."""
    asked = [(train, plan.augment_passes or 1), (validation, 1)]
    return [KeptOutputs(cut.before, flow, passes=n, precision=plan.precision) for flow, n in asked if flow is not None]


def _has_further_inputs(flow: Any) -> bool:
    """Tell whether a flow gives a network more than pictures."""
    return isinstance(flow.inputs_of(np.arange(1), None), tuple)


class KeptFlow:
    """The batches of a flow, with what the frozen part of a model gave in the place of the pictures."""

    def __init__(self, flow: Any, outputs: KeptOutputs) -> None:
        self.flow, self.outputs = flow, outputs

    def __len__(self) -> int:
        return len(self.flow)

    def batch_rows(self, epoch: int, index: int) -> NDArray[Any]:
        """Give the rows of the images that stand in a batch, in their order."""
        rows: NDArray[Any] = self.flow.batch_rows(epoch, index)
        return rows

    def batch(self, epoch: int, index: int) -> Any:
        """Make a batch of a pass."""
        rows = self.batch_rows(epoch, index)
        rows = rows[[int(row) not in self.outputs.failed for row in rows]]
        if len(rows) == 0:  # A loss of nothing would be no number.
            return self.batch(epoch, (index + 1) % len(self))
        x = self.outputs.read(rows, epoch)
        return self.flow.with_targets(rows, tuple(x) if len(x) > 1 else x[0])


def _tell_failed(outputs: KeptOutputs) -> None:
    """Name the files that could not be read; where that is all of them, it is an error."""
    errors = list(outputs.failed.values())
    if len(errors) == outputs.flow.n:
        raise errors[0]
    for error in errors:
        warn(f"{error.message} It is left out.")
