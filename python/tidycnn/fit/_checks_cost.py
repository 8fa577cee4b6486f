"""What a fit costs: memory, told from the model, and time, told from a few batches."""

from __future__ import annotations

import math
import statistics
import time
from typing import Any

from tidycnn.core.errors import counted
from tidycnn.core.machine import memory_bytes
from tidycnn.core.progress import spell_seconds
from tidycnn.fit._findings import Finding, find
from tidycnn.fit._flows import FitFlows
from tidycnn.model.graph import graph_of
from tidycnn.train.mirrored import devices_of
from tidycnn.train.plan import Plan
from tidycnn.train.timing import time_steps

# What optimizers keep of each weight; others keep two numbers.
_KEPT = {"SGD": 0, "Lion": 1, "RMSprop": 1, "Adagrad": 1, "Adafactor": 0, "Adadelta": 2}
_FURTHER = ("momentum", "centered", "amsgrad", "use_ema")
_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
_BATCHES = 4
# A step that only validates goes through the model once, one that trains about three times.
_VALIDATING = 1 / 3


def check_memory(plan: Plan, model: Any, flows: FitFlows) -> list[Finding]:
    """Tell what memory the weights and a batch need, and what there is; nothing where it cannot be known."""
    graph = graph_of(model)
    _, free = memory_bytes()
    if graph is None or free is None or any("GPU" in device for device in devices_of("mirrored")):
        return []
    numbers = sum(math.prod(side or 1 for side in out.shape[1:]) for step in graph.steps for out in step.tensors_out)
    # Values on the way forward stay until they have been gone back through, together with what is gone back with.
    activations = 2 * numbers * flows.train.batch_size * _BYTES[plan.precision]
    parameters = model.count_params()
    learned = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    weights = 4 * (parameters + learned * (1 + _numbers_kept(plan.optimizer)))
    needed = weights + activations
    return [
        find(
            "too little memory" if needed > free else "memory",
            "warning" if needed > free else "note",
            needed=_spell_size(needed),
            weights=_spell_size(weights),
            activations=_spell_size(activations),
            free=_spell_size(free),
            parameters=counted(parameters, "parameter"),
            batch=counted(flows.train.batch_size, "image"),
        )
    ]


def measure_time(plan: Plan, model: Any, flows: FitFlows) -> list[Finding]:
    """Tell how long an epoch takes, from a few batches that a copy of the model learns from."""
    import tensorflow as tf

    making, batch = time_making(flows.train)
    try:
        learning = time_steps(model, flows.train.with_targets(*batch), (plan.precision,))[plan.precision]
    except tf.errors.ResourceExhaustedError:
        return [find("no memory for a step", "warning", batch=counted(flows.train.batch_size, "image"))]
    step_seconds, epoch = seconds_of(plan, flows, making, learning)
    return [
        find(
            "time",
            "note",
            batch=counted(flows.train.batch_size, "image"),
            step=_spell_short(step_seconds),
            epoch=_spell_short(epoch),
            all=_spell_short(epoch * plan.epochs),
            epochs=counted(plan.epochs, "epoch"),
            steps=counted(plan.steps, "step"),
        )
    ]


def seconds_of(plan: Plan, flows: FitFlows, making: float, learning: float) -> tuple[float, float]:
    """Give the seconds of a step and of an epoch, from those in which a batch is made and learned from."""
    # The next batch is made while one trains, but where that is done on the main thread.
    together = sum if flows.needs_main_thread else max
    step = together((making, learning))
    held = 0 if flows.validation is None else len(flows.validation)
    return step, plan.steps * step + held * together((making, learning * _VALIDATING))


def time_making(flow: Any) -> tuple[float, Any]:
    """Tell how many seconds it takes to make a batch of a flow, and give the rows and the pictures of the first."""
    taken, first = [], None
    for step in range(min(_BATCHES, len(flow))):
        begun = time.perf_counter()
        batch = flow.pictures_of(0, step)
        taken.append(time.perf_counter() - begun)
        first = batch if first is None else first
    return statistics.median(taken), first


def _numbers_kept(optimizer: dict[str, Any]) -> int:
    return _KEPT.get(optimizer.get("name", ""), 2) + sum(bool(optimizer.get(name)) for name in _FURTHER)


def _spell_size(size: float) -> str:
    return f"{size / 2**20:.0f} MiB" if size < 2**30 else f"{size / 2**30:.1f} GiB"


def _spell_short(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 0.095 else spell_seconds(seconds)
