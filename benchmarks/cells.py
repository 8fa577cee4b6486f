"""How well a network that knows ImageNet tells blood cells apart, within an hour on two cores.

Whole photographs of TRAIN, as `blood-cells-groups-sample.csv` of `TIDYCNN_DATA` names them, are set apart, and ways of
fine-tuning are compared on them alone, by their log loss. The best of them learns of all of TRAIN, and is asked once
about TEST and TEST_SIMPLE. Intervals are by photograph: of TEST where the sample names one, of TEST_SIMPLE everywhere,
where each stands but once. `--way` is one that was chosen before.
Needs `TIDYCNN_DATA` and ImageNet's weights for MobileNetV2 at width `--alpha`: the file `--weights`, or what Keras has.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import pandas as pd

import tidycnn
from tidycnn.core.errors import TidycnnError

AUGMENTATION = tidycnn.image_data_generator(
    rotation_range=20, zoom_range=0.1, horizontal_flip=True, vertical_flip=True, fill_mode="nearest"
)
HEAD = tidycnn.tune_stage(epochs=10, optimizer="adam")
WAYS: dict[str, tuple[Any, list[Any]]] = {
    "head alone": (None, [HEAD]),
    "head, last 3 blocks": (None, [HEAD, tidycnn.tune_stage(3, optimizer="adam", learning_rate=1e-4, epochs=4)]),
    "head, everything": (
        AUGMENTATION,
        [tidycnn.tune_stage(epochs=4, optimizer="adam"),
         tidycnn.tune_stage("all", optimizer="adam", learning_rate=1e-4, epochs=5)],
    ),
}  # fmt: skip


def read(folder: Path, part: str) -> pd.DataFrame:
    """Read the table of a part, with the photograph where the sample names it."""
    images = tidycnn.image_table(folder / part, splits=False, progress=False)
    sample = pd.read_csv(folder.parent / "blood-cells-groups-sample.csv").set_index("path")["photo"]
    named = [f"{part}/{Path(path).parent.name}/{Path(path).name}" for path in images["path"]]
    return images.assign(group=sample.reindex(named).to_numpy())


def score(classifier: Any, images: pd.DataFrame) -> pd.DataFrame:
    """Score a classifier on images, by photograph where they are named."""
    predictions = tidycnn.predict_images(classifier, images, progress=False)
    return tidycnn.score_predictions(predictions, ["accuracy", "balanced_accuracy", "log_loss"], seed=1)


def spell(scores: pd.DataFrame) -> str:
    """Spell scores with their intervals."""
    rows = scores.set_index(".metric")[[".estimate", ".lower", ".upper"]]
    return ", ".join(f"{name} {e:.3f} ({low:.3f} to {high:.3f})" for name, (e, low, high) in rows.iterrows())


def fit(base: Any, images: pd.DataFrame, way: str) -> Any:
    """Fit one of the ways."""
    generator, stages = WAYS[way]
    return tidycnn.fine_tune(base, images, stages=stages, generator=generator, augment_passes=1, progress=False, seed=1)


def choose(base: Any, train: pd.DataFrame) -> str:
    """Choose the best of the ways on the photographs that the sample names, of which none of them learned."""
    apart = train["group"].notna()
    learned, judged = train[~apart].drop(columns="group"), train[apart]
    print(
        f"{len(learned):,} images to learn of, {len(judged):,} of {judged['group'].nunique()} photographs to choose by"
    )
    losses = {}
    for way in WAYS:
        since = time.perf_counter()
        scores = score(fit(base, learned, way), judged)
        print(f"{way}: {spell(scores)}; {time.perf_counter() - since:.0f} s", flush=True)
        losses[way] = float(scores.loc[scores[".metric"] == "log_loss", ".estimate"].iloc[0])
    return min(losses, key=lambda way: losses[way])


def main() -> None:
    """Compare the ways on photographs set apart, and test the best."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default="imagenet")
    parser.add_argument("--alpha", type=float, default=0.5)
    parser.add_argument("--way", choices=list(WAYS))
    given = parser.parse_args()
    if "TIDYCNN_DATA" not in os.environ:
        print("Left out: TIDYCNN_DATA names no folder of real images.")
        return
    folder = Path(os.environ["TIDYCNN_DATA"]) / "blood-cells"
    try:
        base = tidycnn.pretrained("mobilenet_v2", given.weights, alpha=given.alpha)
    except TidycnnError as error:
        print(f"Left out: {error}")
        return
    begun = time.perf_counter()
    train, test, simple = (read(folder, part) for part in ("TRAIN", "TEST", "TEST_SIMPLE"))
    way = given.way or choose(base, train)
    print(f"chosen: {way}", flush=True)
    classifier = fit(base, train.drop(columns="group"), way)
    named = test[test["group"].notna()]
    print(f"TEST, all {len(test):,} images: {spell(score(classifier, test.drop(columns='group')))} (as if independent)")
    print(f"TEST, {named['group'].nunique()} photographs that are named: {spell(score(classifier, named))}")
    print(f"TEST_SIMPLE, {len(simple)} photographs: {spell(score(classifier, simple.drop(columns='group')))}")
    print(f"all of it: {(time.perf_counter() - begun) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
