"""How much sooner a head learns, and a last block, where what the frozen layers give is computed once.

The other side is Keras's own `fit` of the same layers with the frozen base in the model, from the same flow. Each ratio
is of everything: files are read and the base is run in both. `--weights` names a file of ImageNet's weights for
MobileNetV2; without it, and for VGG16, weights are random, which takes as long. Images are drawn, or those of a folder.

`--whole` is another question: VGG16 in its true shape on the blood cells of `TIDYCNN_DATA` at 150x150, a head and then
`block5`, 6 epochs each of `--steps` steps of 50 images, in bfloat16 where the processor has AMX: how long it takes, how
long it was foretold to take, and the most memory that it held.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

import tidycnn
from tidycnn.core.machine import processor_features
from tidycnn.core.memory import peak_memory
from tidycnn.fit import _tuning
from tidycnn.model.headed import headed_model, learn_from

# Each run computes for itself.
os.environ["TIDYCNN_CACHE"] = tempfile.mkdtemp(prefix="tidycnn-transfer-")
SCALED = {
    "mobilenet": tidycnn.image_data_generator(preprocessing_function=keras.applications.mobilenet_v2.preprocess_input),
    "vgg16": tidycnn.image_data_generator(preprocessing_function=keras.applications.vgg16.preprocess_input),
}


def base_of(name: str, size: int, weights: str | None) -> Any:
    """Make a base."""
    shape = (size, size, 3)
    if name == "vgg16":
        return keras.applications.VGG16(include_top=False, weights=None, input_shape=shape)
    return keras.applications.MobileNetV2(shape, alpha=0.35, include_top=False, weights=weights)


def ours(
    base: Any, images: pd.DataFrame, generator: Any, stage: Any, *, seed: int
) -> tuple[float, np.ndarray[Any, Any]]:
    """Give the seconds of `fine_tune()`, and its predictions."""
    begun = time.perf_counter()
    classifier = tidycnn.fine_tune(
        base, images, head=flat_head(images), stages=stage, generator=generator, progress=False, seed=seed
    )
    seconds = time.perf_counter() - begun
    predictions = tidycnn.predict_images(classifier, images, progress=False)
    return seconds, predictions.filter(regex=r"^\.pred_(?!class)").to_numpy()


def flat_head(images: pd.DataFrame) -> Any:
    """Make a head without Dropout, whose random numbers the two sides do not share."""
    classes = images["label"].nunique()
    start = keras.initializers.GlorotUniform(seed=1)
    return keras.Sequential(
        [
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(classes, activation="softmax", kernel_initializer=start),
        ]
    )


def theirs(
    base: Any, images: pd.DataFrame, generator: Any, stage: Any, *, seed: int
) -> tuple[float, np.ndarray[Any, Any]]:
    """Give the seconds of Keras's `fit` with the base in the model, and its predictions."""
    model = headed_model(base, flat_head(images), images["label"].nunique(), size=None, seed=seed)
    learn_from(model, stage.unfreeze)
    rule = stage.make_optimizer()
    rule.learning_rate = stage.rate
    model.compile(rule, "categorical_crossentropy")
    flow = tidycnn.flow_images(images, generator, target_size=model.input_shape[1:3], seed=seed)
    view = flow.view()
    follow = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: view.set_epoch(epoch))
    begun = time.perf_counter()
    model.fit(view, epochs=stage.epochs, shuffle=False, verbose=0, callbacks=[follow])
    seconds = time.perf_counter() - begun
    return seconds, np.asarray(model.predict(flow.plain(), verbose=0))


def whole(steps: int, precision: str | None, images_most: int) -> None:
    """Tune VGG16 on blood cells in two stages, and print what that takes beside what it was foretold to."""
    data = Path(os.environ.get("TIDYCNN_DATA", "")) / "blood-cells" / "TRAIN"
    if not data.is_dir():
        sys.exit("Set TIDYCNN_DATA to a folder that holds `blood-cells`.")
    precision = precision or ("bfloat16" if "AMX" in processor_features() else "float32")
    images = tidycnn.image_table(data, splits=False, progress=False)
    images = images.sample(n=min(len(images), images_most), random_state=1)
    marks: list[float] = []
    foretold: list[Any] = []
    spell = _tuning.spell_foretold

    def note(stages: Any) -> str:
        foretold.extend(stages)
        marks.append(time.perf_counter())
        return spell(stages)

    _tuning.spell_foretold = note
    begun = time.perf_counter()
    classifier = tidycnn.fine_tune(
        base_of("vgg16", 150, None),
        images,
        stages=[tidycnn.tune_stage(epochs=6), tidycnn.tune_stage("block5", learning_rate=1e-5, epochs=6)],
        validation=0.2,
        generator=SCALED["vgg16"],
        batch_size=50,
        steps_per_epoch=steps,
        control=tidycnn.fit_control(precision=precision),
        seed=1,
    )
    end = time.perf_counter()
    taken, expected = end - marks[0], sum(each.seconds for _, each in foretold)
    epochs = classifier.history["stage"].value_counts().sort_index().to_dict()
    print(
        f"VGG16, {len(images):,} images, {steps} steps of 50 an epoch, {precision}; rows of history by stage: {epochs}"
    )
    for title, each in foretold:
        print(f"  {title}: foretold {each.seconds:.0f} s ({each.once:.0f} s once, {each.epochs} x {each.epoch:.1f} s)")
    print(f"  took {taken:.0f} s, foretold {expected:.0f} s ({expected / taken - 1:+.0%}); all {end - begun:.0f} s")
    print(f"  peak memory {peak_memory() or 0:,} MB")


def main() -> None:
    """Compare both, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images")
    parser.add_argument("--weights")
    parser.add_argument("--n", type=int, default=320)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--vgg-n", type=int, default=64, help="0 leaves VGG16 out")
    parser.add_argument("--whole", action="store_true", help="VGG16 on blood cells, and nothing else")
    parser.add_argument("--steps", type=int, default=200, help="of `--whole`: steps of an epoch")
    parser.add_argument("--images-most", type=int, default=10**6, help="of `--whole`: how many images at most")
    parser.add_argument("--precision", help="of `--whole`: in place of what the processor tells")
    given = parser.parse_args()
    if given.whole:
        whole(given.steps, given.precision, given.images_most)
        return
    if given.images:
        images = tidycnn.image_table(given.images, splits=False, progress=False)
    else:
        images = tidycnn.make_blood_cells(tempfile.mkdtemp(), n=given.n, size=224, progress=False, seed=1)
    head = tidycnn.tune_stage(epochs=given.epochs)
    block = tidycnn.tune_stage(1, optimizer="sgd", learning_rate=1e-4, epochs=given.epochs)
    cases = [
        ("MobileNetV2 0.35 at 224, head", "mobilenet", 224, given.n, head),
        ("VGG16 at 150, head", "vgg16", 150, given.vgg_n, head),
        ("VGG16 at 150, last block", "vgg16", 150, given.vgg_n, block),
    ]
    print(f"{'case':<32} {'images':>6} {'epochs':>6} {'Keras s':>8} {'ours s':>8} {'ratio':>6} {'difference':>11}")
    for title, name, size, n, stage in cases:
        if n == 0:
            continue
        chosen = images.groupby("label", observed=True).head(n // images["label"].nunique())
        base = base_of(name, size, given.weights)
        ours_first = ours(base, chosen, SCALED[name], stage, seed=1)
        other = theirs(base, chosen, SCALED[name], stage, seed=1)
        difference = float(np.abs(ours_first[1] - other[1]).max())
        print(
            f"{title:<32} {len(chosen):>6} {stage.epochs:>6} {other[0]:>8.1f} {ours_first[0]:>8.1f} "
            f"{other[0] / ours_first[0]:>6.1f} {difference:>11.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
