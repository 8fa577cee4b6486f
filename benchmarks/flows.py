"""How fast batches of augmented pictures are made: ours, Keras's, TensorFlow's, albumentations'.

JPEG files become float32 batches of 50 x 150 x 150 x 3. All take turns in short slices, so that noise hits all alike.
`--stages`, `--training` and `--memory` each run another part instead (on Linux). `--torch-python` names a Python that
has albumentations and torch; it runs this file too, as a child process, so that only NumPy is imported at the top.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

SIZE, BATCH, IMAGES, WORKERS = (150, 150), 50, 1_000, 2
ROTATION, SHIFT, SHEAR, ZOOM = 10, 0.3, 0.3, 0.2  # Shear is in degrees, as Keras means it.
GEOMETRY = {"rotation_range": ROTATION, "shear_range": SHEAR, "zoom_range": ZOOM, "horizontal_flip": True}
SHIFTS = {"width_shift_range": SHIFT, "height_shift_range": SHIFT}
AUGMENTATION: dict[str, Any] = {**GEOMETRY, **SHIFTS, "fill_mode": "nearest", "rescale": 1 / 255}
AROUND = 4  # Batches before and after a slice, while workers start and stop.
Maker = Callable[[int], Iterator[Any]]  # Makes so many batches.


def our_flow(folder: Path, **options: Any) -> Any:
    import tidycnn

    images = tidycnn.image_table(folder, splits=False, progress=False)
    generator = tidycnn.image_data_generator(**AUGMENTATION)
    flow = tidycnn.flow_images(images, generator, target_size=SIZE, batch_size=BATCH, seed=1, **options)
    for index in range(len(flow) if options else 0):  # Fills the cache.
        flow.batch(0, index)
    return flow


def keras_flow(folder: Path) -> Any:
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    return ImageDataGenerator(**AUGMENTATION).flow_from_directory(folder, target_size=SIZE, batch_size=BATCH)


def decoding(flow: Any) -> Maker:
    """Read and decode as our flow does, on two threads, each half of a batch."""
    from tidycnn.images.decode import decode_file, read_content

    def decode(_: int) -> None:
        for path in itertools.islice(paths, BATCH // WORKERS):
            decode_file(read_content(path), path, least_size=flow.pictures.least_size)

    pool, paths = ThreadPoolExecutor(WORKERS), itertools.cycle(flow.filepaths)
    return lambda n: (list(pool.map(decode, range(WORKERS))) for _ in range(n))


def enqueued(batches: Any) -> Maker:
    """Make batches as `fit()` has those of a PyDataset made by two workers."""
    import keras
    from keras.src.trainers.data_adapters.py_dataset_adapter import OrderedEnqueuer

    class Part(keras.utils.PyDataset):
        num_batches = 0

        def __getitem__(self, index: int) -> Any:
            return batches[index % len(batches)]

    def make(n: int) -> Iterator[Any]:
        Part.num_batches = n
        enqueuer = OrderedEnqueuer(Part(), workers=WORKERS)
        enqueuer.start()
        yield from itertools.islice(enqueuer.get(), n)
        enqueuer.stop()

    return make


def layered(folder: Path) -> Maker:
    """Augment by Keras's layers in the data set."""
    from tensorflow import data, keras

    layers = [
        keras.layers.RandomRotation(ROTATION / 360, fill_mode="nearest"),
        keras.layers.RandomTranslation(SHIFT, SHIFT, fill_mode="nearest"),
        keras.layers.RandomShear(float(np.deg2rad(SHEAR)), float(np.deg2rad(SHEAR)), fill_mode="nearest"),
        keras.layers.RandomZoom(ZOOM, ZOOM, fill_mode="nearest"),
        keras.layers.RandomFlip("horizontal"),
        keras.layers.Rescaling(1 / 255),
    ]
    augment = keras.Sequential(layers)
    files = keras.utils.image_dataset_from_directory(folder, image_size=SIZE, batch_size=BATCH, verbose=False)
    pictures = files.repeat().map(lambda x, y: (augment(x, training=True), y), num_parallel_calls=data.AUTOTUNE)
    return lambda n: iter(pictures.take(n))


def serve_torch(folder: Path) -> None:
    """Make batches, as many as each line says, and answer each of them by a line."""
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    try:
        import albumentations as A  # noqa: N812
        import cv2
        from torch.utils.data import DataLoader
    except ImportError as error:
        print(error, flush=True)
        return
    cv2.setNumThreads(0)
    zoom, shift, angle, shear = (1 - ZOOM, 1 + ZOOM), (-SHIFT, SHIFT), (-ROTATION, ROTATION), (-SHEAR, SHEAR)
    affine = A.Affine({"x": zoom, "y": zoom}, shift, rotate=angle, shear=shear, border_mode=cv2.BORDER_REPLICATE, p=1)
    augment = A.Compose([A.Resize(*SIZE), affine, A.HorizontalFlip(), A.ToFloat(max_value=255)])

    class Pictures(list[Path]):
        def __getitem__(self, index: Any) -> Any:
            picture = cv2.imread(str(super().__getitem__(index)))
            return augment(image=cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))["image"], index

    pictures, rows = Pictures(sorted(folder.glob("*/*"))), []
    loader = DataLoader(pictures, batch_sampler=rows, num_workers=WORKERS, persistent_workers=True)
    print("ready", flush=True)
    for line in sys.stdin:
        rows[:] = [np.random.default_rng().permutation(len(pictures))[:BATCH].tolist() for _ in range(int(line))]
        for _ in loader:
            print("made", flush=True)


def served(python: str, folder: Path) -> dict[str, Maker]:
    """Start the child; where it cannot run, print what it says."""
    what, command = "albumentations + torch, two workers", [python, __file__, "--serve", str(folder)]
    child: Any = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    answer = child.stdout.readline().strip()
    if answer != "ready":
        print(f"{what:<37} missing: {answer or python}")
        return {}
    return {what: lambda n: (child.stdin.write(f"{n}\n"), itertools.islice(child.stdout, n))[1]}


def rate_of(make: Maker, seconds: float) -> Callable[[], float]:
    """Give what measures images a second over slices of about so long, after some to warm up."""

    def rate(n: int) -> float:
        clock = [time.perf_counter() for _ in make(n + 2 * AROUND)]
        return n * BATCH / (clock[AROUND + n - 1] - clock[AROUND - 1])

    rate(2)
    return functools.partial(rate, max(4, 2 * round(seconds * rate(4) / BATCH / 2)))


def in_turn(runs: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {what: [] for what in runs}
    for turn in range(rounds):
        for what in list(runs)[:: -1 if turn % 2 else 1]:
            found[what].append(runs[what]())
    return found


def show(found: Mapping[str, Sequence[float]], unit: str, reference: str) -> None:
    """Print the median of each, and of its ratios to the reference round by round."""
    print(f"{'what':<37} {'ratio':>6} {unit:>13} {'least':>8} {'most':>8}")
    for what, figures in found.items():
        ratio = statistics.median(mine / its for mine, its in zip(figures, found[reference], strict=True))
        middle, least, most = statistics.median(figures), min(figures), max(figures)
        print(f"{what:<37} {ratio:>6.2f} {middle:>13,.1f} {least:>8,.1f} {most:>8,.1f}")


def compare_flows(folder: Path, options: argparse.Namespace) -> None:
    makers: dict[str, Maker] = {
        "ours, from files": functools.partial(itertools.islice, our_flow(folder)),
        'ours, cache = "memory"': functools.partial(itertools.islice, our_flow(folder, cache="memory")),
        "ours, reading and decoding alone": decoding(our_flow(folder)),
        "Keras, iterated": functools.partial(itertools.islice, keras_flow(folder)),
        "Keras, two workers": enqueued(keras_flow(folder)),
        "image_dataset_from_directory + layers": layered(folder),
        **served(options.torch_python, folder),
    }
    runs = {what: rate_of(make, options.seconds) for what, make in makers.items()}
    show(in_turn(runs, options.rounds), "images/s", "Keras, iterated")


def show_stages(folder: Path, options: argparse.Namespace) -> None:
    """Time each stage of each image on one processor, and our whole flow on the same images."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # The flow makes a thread for each.
    from tidycnn.flow import _transforms, warp
    from tidycnn.images.decode import decode_file, read_content

    flow = our_flow(folder)
    least, factor = flow.pictures.least_size, flow.preprocessing.factor
    stages: dict[str, Callable[..., Any]] = {
        "read": lambda path, *_: read_content(path),
        "decode": lambda content, *_: decode_file(content, "", least_size=least),
        "reduce": lambda picture, *_: warp.working_picture(picture, flow.preprocessing, is_warped=True),
        "warp to float32": lambda picture, matrix, out: warp.warp_picture(picture, matrix, out, factor=factor),
    }
    found = []
    for epoch, index in itertools.product(range(options.rounds), range(len(flow))):
        started = time.process_time()
        flow.batch(epoch, index)
        whole = time.process_time() - started
        rows = flow.batch_rows(epoch, index)
        drawn = _transforms.draw_transforms(flow.generator, SIZE, seed=flow.seed, epoch=epoch, rows=rows)
        spent, x = np.zeros(len(stages)), np.empty((len(rows), *SIZE, 3), np.float32)
        for row, matrix, out in zip(rows, _transforms.transform_matrices(drawn, SIZE), x, strict=True):
            value, clock = flow.filepaths[row], [time.thread_time()]
            for stage in stages.values():
                value = stage(value, matrix, out)
                clock.append(time.thread_time())
            spent += np.diff(clock)
        found.append(np.array([*spent, whole - spent.sum(), whole]) / len(rows) * 1e6)
    names = (*stages, "rest of Python", "all")
    show(dict(zip(names, np.transpose(found).tolist(), strict=True)), "microseconds", "all")


def compare_training(folder: Path, options: argparse.Namespace) -> None:
    """Time the steps in the middle of short fits: before them a fit starts, after them there is less to fetch."""
    import tidycnn
    from tidycnn.core.engine import keras

    first, counted, steps = 3, 12, 20
    flow, cached = our_flow(folder), our_flow(folder, cache="memory")
    x, y = (np.concatenate(part) for part in zip(*itertools.islice(flow, steps), strict=True))

    def fit(model: Any, *what: Any, **how: Any) -> float:
        ends: list[float] = []
        clock = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: ends.append(time.perf_counter()))
        model.fit(*what, **how, verbose=0, callbacks=[clock])
        return (ends[first + counted - 1] - ends[first - 1]) / counted * 1e3

    for policy in ("float32", "mixed_bfloat16"):
        keras.config.set_dtype_policy(policy)
        model = tidycnn.blood_cells_deep((*SIZE, 3), y.shape[1], seed=1)
        model.compile(optimizer="rmsprop", loss="categorical_crossentropy")
        runs: dict[str, Callable[[], float]] = {
            "array, in order": functools.partial(fit, model, x, y, batch_size=BATCH, shuffle=False),
            "array, shuffled": functools.partial(fit, model, x, y, batch_size=BATCH),
            "ours, from files": functools.partial(fit, model, flow.view(steps), shuffle=False),
            'ours, cache = "memory"': functools.partial(fit, model, cached.view(steps), shuffle=False),
        }
        in_turn(runs, 1)
        print(policy)
        show(in_turn(runs, options.rounds), "ms a step", "array, in order")


def show_memory(folder: Path, options: argparse.Namespace) -> None:
    """Follow the resident memory of processes over 50 passes of four batches."""
    print(f"{'MB after so many passes':<37}{'files':>9}" + "".join(f"{n:>9}" for n in (1, 5, 10, 25, 50)))
    for what, files in (("array", IMAGES), ("keras", IMAGES), *(("ours", n) for n in (1_000, 10_000, 100_000))):
        child = [sys.executable, __file__, "--hold", what, str(files), str(folder)]
        print(subprocess.run(child, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1], flush=True)


def hold(what: str, files: int, folder: Path) -> None:
    """Make 50 passes of four batches in this process, and print how much memory it has meanwhile."""
    from keras import Model  # noqa: F401 - in all of them, as in a training

    flow = {"array": array_flow, "keras": keras_flow, "ours": functools.partial(many_flow, files=files)}[what](folder)
    found = []
    for _ in range(50):
        list(itertools.islice(flow, 4))
        found.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6)
    spelled = {"array": "in-memory float32 array", "keras": "Keras, iterated", "ours": "ours, from files"}[what]
    print(f"{spelled:<37}{files:>9,}" + "".join(f"{found[n - 1]:>9,.0f}" for n in (1, 5, 10, 25, 50)))


def array_flow(folder: Path) -> Any:
    """Give batches of an array that holds all pictures."""
    x = np.concatenate([x for x, _ in itertools.islice(our_flow(folder), IMAGES // BATCH)])
    return (x[start : start + BATCH] for start in itertools.cycle(range(0, len(x), BATCH)))


def many_flow(folder: Path, files: int) -> Any:
    """Give a flow over so many files, which are the same ones again and again."""
    import pandas as pd

    import tidycnn

    paths = list(itertools.islice(itertools.cycle(sorted(folder.glob("*/*"))), files))
    images = pd.DataFrame({"filename": [str(path) for path in paths], "class": [path.parent.name for path in paths]})
    generator = tidycnn.image_data_generator(**AUGMENTATION)
    options: dict[str, Any] = {"target_size": SIZE, "batch_size": BATCH, "validate_filenames": False, "seed": 1}
    return tidycnn.flow_images_from_dataframe(images, generator=generator, **options)


def samples(temporary: Path) -> Iterator[tuple[str, Path]]:
    """Give folders of 1,000 images with class folders: copies of real ones, else drawn ones."""
    data = Path(os.environ.get("TIDYCNN_DATA") or temporary / "nothing")
    sources = [folder for folder in (data / "blood-cells" / "TRAIN", data / "cats-dogs" / "train") if folder.is_dir()]
    for source in sources:
        folder, labels = temporary / source.parent.name, sorted(source.iterdir())
        for label in labels:
            (folder / label.name).mkdir(parents=True)
            for path in sorted(label.iterdir())[: IMAGES // len(labels)]:
                shutil.copyfile(path, folder / label.name / path.name)
        yield source.parent.name, folder
    if not sources:
        from tidycnn import make_blood_cells

        make_blood_cells(temporary / "drawn", IMAGES, size=320, progress=False, seed=1)
        yield "drawn blood cells", temporary / "drawn"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=1.0, help="about how long a slice takes")
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with albumentations and torch")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--hold", nargs=3, help=argparse.SUPPRESS)
    parts = parser.add_mutually_exclusive_group()
    for flag, part in (("--stages", show_stages), ("--training", compare_training), ("--memory", show_memory)):
        parts.add_argument(flag, dest="part", action="store_const", const=part, default=compare_flows)
    options = parser.parse_args()
    if options.serve:
        serve_torch(options.serve)
        return
    if options.hold:
        what, files, folder = options.hold
        hold(what, int(files), Path(folder))
        return
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["TIDYCNN_CACHE"] = temporary + "/cache"
        for name, folder in samples(Path(temporary)):
            print(f"\n{name}, {options.rounds} rounds, {os.cpu_count()} processors")
            options.part(folder, options)


if __name__ == "__main__":
    main()
