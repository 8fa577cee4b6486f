"""Objects that stay in Python while R holds a handle to them."""

from __future__ import annotations

import inspect
from typing import Any

from tidycnn.core.errors import readable
from tidycnn.core.types import TrainedClassifier
from tidycnn.fit.description import spell_classifier
from tidycnn.wire.kinds import Message

# Objects that R knows by a class of its own: they or a parent class bear this name under this module. A classifier is
# what behaves like one.
R_CLASSES: dict[tuple[str, str], str] = {
    ("tidycnn.fit", "FitControl"): "tidycnn_control",
    ("tidycnn.fit", "TuneStage"): "tidycnn_tune_stage",
    ("tidycnn.fit", "ManyFits"): "tidycnn_fits",
    ("tidycnn.fit", "Job"): "tidycnn_job",
    ("tidycnn.flow", "ImageFlow"): "tidycnn_flow",
    ("tidycnn.flow", "ImageDataGenerator"): "tidycnn_generator",
    ("keras", "Model"): "tidycnn_model",
    ("keras", "Layer"): "tidycnn_layer",
    ("keras", "History"): "tidycnn_history",
}


class Kept:
    """The objects that go with an answer, by position."""

    def __init__(self) -> None:
        self.objects: list[Any] = []

    def keep(self, value: Any) -> Message:
        """Keep an object and describe it to R."""
        self.objects.append(value)
        classes = r_classes(value)
        return {
            "type": "handle",
            "position": len(self.objects) - 1,
            "classes": classes,
            # Of a job that is all there is to know.
            "folder": str(value.folder) if "tidycnn_job" in classes else None,
            "described": describe_object(value),
            "is_function": inspect.isroutine(value),
        }


def r_classes(value: Any) -> list[str]:
    """Name the classes that R gives a handle."""
    own = ["tidycnn_classifier"] if isinstance(value, TrainedClassifier) else []
    parents = [(parent.__module__ + ".", parent.__name__) for parent in type(value).__mro__]
    return own + [
        r_class
        for (module, name), r_class in R_CLASSES.items()
        if any(home.startswith(module + ".") and parent == name for home, parent in parents)
    ]


def describe_object(value: Any) -> str:
    """Say what an object is, for printing in R."""
    classes = r_classes(value)
    if "tidycnn_classifier" in classes:
        return readable(spell_classifier(value))
    if "tidycnn_model" not in classes:
        return readable(repr(value))
    try:
        shape = "x".join("?" if size is None else str(size) for size in value.input_shape[1:])
        parts = [f"input {shape}", f"{value.count_params():,} parameters"]
    except (AttributeError, TypeError, ValueError):
        parts = ["not built yet"]
    return f"<Keras model {value.name!r}: {', '.join([f'{len(value.layers)} layers', *parts])}>"
