"""Fitting a classifier further: it goes on from its model, on images that have its labels and its preparation."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tidycnn.core.errors import InputError, counted, listed, warn
from tidycnn.core.types import TrainedClassifier
from tidycnn.fit._flows import FitFlows
from tidycnn.fit.classifier import model_of
from tidycnn.splits.leaks import rows_shared
from tidycnn.train.head import check_same_levels


def network_of(model: Any) -> tuple[Any, Any]:
    """Give the network that is fitted, and the classifier that it is of, None where the network itself was given."""
    return (model_of(model), model) if isinstance(model, TrainedClassifier) else (model, None)


def check_goes_on(classifier: Any, flows: FitFlows) -> None:
    """Refuse images with other labels, or prepared in another way, than those that a classifier knows."""
    if classifier is None:
        return
    check_same_levels(flows.train.levels, classifier.levels, "images", than="the classifier was fitted on")
    differences = flows.train.preprocessing.differences(classifier.preprocessing)
    if differences:
        raise InputError(
            f"`images` would be prepared in another way than those of the classifier: {', '.join(differences)}.",
            hint="Give `generator` and `target_size` as the classifier was fitted with them; to begin anew with its "
            "network, give its model.",
        )


def images_of_all(classifier: Any, images: pd.DataFrame) -> pd.DataFrame:
    """Give the images of a fit and those that its classifier was trained on before; warn where these validate now."""
    before = None if classifier is None else getattr(classifier, "images", None)
    if before is None or "split" not in before.columns:
        return images
    before = before[before["split"] == "train"]
    held = images[images["split"] == "validation"]
    is_known = rows_shared(held, before)
    if is_known.any():
        warn(
            f"The classifier was trained on {is_known.sum():,} of {counted(len(held), 'validation image')} before, "
            f"such as {listed(held['path'][is_known].iloc[:1])}: validation will look better than it is."
        )
    more = before[~rows_shared(before, images[images["split"] == "train"])]
    if more.empty:
        return images
    joined: pd.DataFrame = pd.concat([images, more], ignore_index=True)
    joined["label"] = pd.Categorical(joined["label"], categories=images["label"].cat.categories)
    return joined
