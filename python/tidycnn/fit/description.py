"""What there is to say about a classifier, as plain data; printing and `glance` show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tidycnn.core.errors import counted, listed
from tidycnn.core.groups import group_names, has_groups
from tidycnn.core.types import TrainedClassifier


def describe_classifier(classifier: Any) -> dict[str, Any]:
    """Describe a classifier of one model as plain data; None is what is not known."""
    images, preprocessing = classifier.images, classifier.preprocessing
    trained = images[images["split"] == "train"] if "split" in images.columns else None
    return {
        "name": classifier.model.name,
        "target_size": list(preprocessing.target_size),
        "color_mode": preprocessing.color_mode,
        "parameters": classifier.model.count_params(),
        "stages": len(classifier.stages),
        "epochs": len(classifier.history[["stage", "epoch"]].drop_duplicates()),
        "best_epoch": classifier.best_epoch,
        "val_loss": _kept_value(classifier, "loss"),
        "val_accuracy": _kept_value(classifier, "accuracy"),
        "seconds": classifier.seconds,
        "seed": classifier.seed,
        "images": None if trained is None else len(trained),
        "groups": None if trained is None or not has_groups(images) else int(group_names(trained).nunique()),
        "ended": [stage["ended"] for stage in classifier.stages if stage.get("ended")],
    }


def spell_classifier(classifier: TrainedClassifier) -> str:
    """Say what a classifier is, for printing: a line for each thing that it tells of."""
    said, levels = classifier.describe(), classifier.levels
    name = said.get("name") or type(classifier).__name__
    lines = [f"<Classifier {name}: {counted(len(levels), 'label')} ({listed(levels, most=6)})>"]
    if said.get("target_size"):
        height, width = said["target_size"]
        lines.append(f"  images      {height} x {width} pixels, {said['color_mode']}")
    if said.get("parameters") is not None:
        lines.append(f"  parameters  {said['parameters']:,}")
    if said.get("stages"):
        lines.append(f"  fitted      {_spell_fit(said)}")
    lines += [f"  ended       {ending}" for ending in said.get("ended", [])]
    return "\n".join(lines)


def _kept_value(classifier: Any, metric: str) -> float | None:
    """Give the validation value of the weights that the model has."""
    history = classifier.history
    if not classifier.stages:
        return None
    kept = history[
        (history["data"] == "validation")
        & (history["metric"] == metric)
        & (history["stage"] == classifier.stages[-1]["stage"])
        & (history["epoch"] == classifier.kept_epoch)
    ]
    return float(kept["value"].iloc[-1]) if len(kept) else None


def _spell_fit(said: Mapping[str, Any]) -> str:
    counts = [(said.get("images"), "image"), (said.get("epochs"), "epoch")]
    text = "on " + ", ".join(counted(n, noun) for n, noun in counts if n is not None)
    for name in ("val_loss", "val_accuracy"):
        value = said.get(name)
        text += f", {name} {value:.3f}" if value is not None and np.isfinite(value) else ""
    return text
