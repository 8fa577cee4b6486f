"""Batches of pictures for a network: what a picture becomes depends on the seed, the epoch and the picture alone.

Concerns kept apart: a flow knows passes over its images; `EpochView` knows the epochs and steps of a training, which
need not be passes. Which epoch it is is always told from outside (`set_epoch()`): Keras calls `on_epoch_end` before
the first epoch, and twice after each validation.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_count
from tidycnn.core.engine import keras
from tidycnn.core.errors import ImageFileError, InputError, constant, counted, listed, warn
from tidycnn.core.frames import levels_of, usable_rows
from tidycnn.core.preprocessing import Preprocessing, normalise
from tidycnn.core.seeds import draw_seed, keyed_generator
from tidycnn.core.types import Cache, ClassMode, ColorMode, Interpolation, OnError, Subset
from tidycnn.flow._pictures import Pictures
from tidycnn.flow._render import render_pictures
from tidycnn.flow._saving import PictureSaver
from tidycnn.flow._sources import file_pictures
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.images.table import complete_images
from tidycnn.splits.split import split_images

Batch = Any
Codes = NDArray[Any]
Targets = NDArray[Any] | tuple[NDArray[Any], ...]

_TARGETS: dict[str, Callable[[Codes, int], NDArray[Any]]] = {
    "categorical": lambda codes, n: np.eye(n, dtype=np.float32)[codes],
    "binary": lambda codes, n: codes.astype(np.float32),
    "sparse": lambda codes, n: codes.astype(np.int32),
}


class _ThreadedBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches that make their own threads, so that Keras may make none."""

    @property
    def use_multiprocessing(self) -> bool:
        """Always False: the flow's own threads are faster than copies of it in other processes."""
        return False

    @use_multiprocessing.setter
    def use_multiprocessing(self, value: bool) -> None:
        if value:
            raise InputError(
                f"`use_multiprocessing` must be {constant(False)}: a flow works with threads of its own, "
                "and TensorFlow may hang in copies of a process."
            )


class ImageFlow(_ThreadedBatches):
    """Batches of pictures from an images frame, in passes: each pass shows every image once.

    Made by `flow_images()` and its kin. In a plain `fit()` of Keras each epoch is a pass, and Keras may shuffle the
    order of its batches.

    Attributes
    ----------
    images
        The rows that are used, with a range index.
    levels
        The labels in the order of the network's outputs.
    generator, preprocessing
        How pictures are augmented; what prediction must repeat.
    epoch
        The pass that `flow[i]` is taken from.
    batch_index, index_array, total_batches_seen
        Where `next()` stands: the batch of its pass that comes next, the order of that pass, and how many it gave.
    """

    def __init__(
        self,
        images: pd.DataFrame,
        pictures: Pictures,
        generator: ImageDataGenerator,
        preprocessing: Preprocessing,
        *,
        class_mode: ClassMode,
        batch_size: int,
        shuffle: bool,
        seed: int,
        targets: Targets | None = None,
        weights: NDArray[np.float32] | None = None,
        on_error: OnError = "stop",
        saver: PictureSaver | None = None,
    ) -> None:
        super().__init__()
        self.images = images
        self.pictures = pictures
        self.generator = generator
        self.preprocessing = preprocessing
        self.class_mode = class_mode
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.on_error = on_error
        self.epoch = 0
        self.total_batches_seen = 0
        self.levels = levels_of(images) if "label" in images.columns else []
        self.classes: Codes = (
            images["label"].cat.codes.to_numpy(dtype=np.intp) if self.levels else np.full(len(images), -1)
        )
        self.filepaths: list[str] = images["path"].tolist()
        self.filenames = self.filepaths
        self._targets = targets
        self._weights = weights
        self._saver = saver
        self._has_begun = False
        self._told: set[int] = set()
        self._lock = threading.Lock()

    @property
    def n(self) -> int:
        """The number of images."""
        return len(self.images)

    @property
    def samples(self) -> int:
        """The number of images."""
        return self.n

    @property
    def num_classes(self) -> int:
        """The number of labels."""
        return len(self.levels)

    @property
    def class_indices(self) -> dict[str, int]:
        """The position of each label among the network's outputs."""
        return {level: position for position, level in enumerate(self.levels)}

    @property
    def labels(self) -> Any:
        """The position of the label of each image, or its raw targets, in the order of `images`."""
        return self.classes if self._targets is None else self._targets

    @property
    def batch_index(self) -> int:
        """The batch of its pass that `next()` gives next."""
        return self.total_batches_seen % len(self)

    @property
    def index_array(self) -> Codes:
        """The rows of `images` in the order of the pass from which `next()` gives."""
        return self._rows_of_pass(self.total_batches_seen // len(self))

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return self.preprocessing.image_shape

    @property
    def is_weighted(self) -> bool:
        """Whether images count differently."""
        return self._weights is not None

    @property
    def needs_main_thread(self) -> bool:
        """Whether batches may only be made on the main thread, because a function of R's has a part in them."""
        return self.preprocessing.needs_main_thread

    def __len__(self) -> int:
        return math.ceil(self.n / self.batch_size)

    def __repr__(self) -> str:
        height, width, channels = self.image_shape
        return (
            f"<ImageFlow: {counted(self.n, 'image')} of {counted(self.num_classes, 'label')} in "
            f"{counted(len(self), 'batch', 'batches')} of {self.batch_size}, {height} x {width} x {channels}>"
        )

    def __getitem__(self, index: int) -> Batch:
        return self.batch(self.epoch, index)

    def __iter__(self) -> Iterator[Batch]:
        """Give batches without end, as Keras's generators do; `[flow[i] for i in range(len(flow))]` is one pass."""
        return self

    def __next__(self) -> Batch:
        with self._lock:
            seen = self.total_batches_seen
            self.total_batches_seen += 1
        return self.batch(*divmod(seen, len(self)))

    def next(self) -> Batch:
        """Give the next batch; passes follow each other without end."""
        return next(self)

    def reset(self) -> None:
        """Let `next()` begin again with the first batch of the first pass."""
        self.total_batches_seen = 0

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())

    def set_epoch(self, epoch: int) -> None:
        """Say from which pass `flow[i]` is taken."""
        self.epoch, self._has_begun = epoch, False

    def on_epoch_begin(self) -> None:
        """Go on to the next pass: Keras calls this once before each epoch, the first included."""
        self.epoch += self._has_begun
        self._has_begun = True

    def batch_rows(self, epoch: int, index: int) -> Codes:
        """Give the rows of `images` that stand in a batch, in their order."""
        if not 0 <= index < len(self):
            raise IndexError(f"A pass has {counted(len(self), 'batch', 'batches')}; there is no batch {index}.")
        return self._rows_of_pass(epoch)[index * self.batch_size : (index + 1) * self.batch_size]

    def batch(self, epoch: int, index: int) -> Batch:
        """Make a batch of a pass: pictures, or pictures with targets, or those with weights."""
        rows = self.batch_rows(epoch, index)
        x, failed = render_pictures(
            self.pictures,
            rows,
            self.generator,
            self.preprocessing,
            seed=self.seed,
            epoch=epoch,
            on_error=self.on_error,
        )
        if failed:
            self._tell(failed, rows)
            rows = np.delete(rows, [i for i, _ in failed])
        x = normalise(x, self.preprocessing, is_rescaled=True).astype(self.generator.dtype, copy=False)
        if self._saver is not None:
            self._saver.save(x, rows, epoch, self.preprocessing)
        if self.class_mode == "none":
            return x
        y = x if self.class_mode == "input" else self._targets_of(rows)
        return (x, y) if self._weights is None else (x, y, self._weights[rows])

    def bare(self) -> ImageFlow:
        """Give the same images in their order as they are: neither augmented nor normalised."""
        preprocessing = dataclasses.replace(
            self.preprocessing,
            rescale=None,
            samplewise_center=False,
            samplewise_std_normalization=False,
            preprocessing_function=None,
            statistics=None,
            data_format="channels_last",
        )
        return ImageFlow(
            self.images,
            self.pictures,
            ImageDataGenerator(),
            preprocessing,
            class_mode="none",
            batch_size=self.batch_size,
            shuffle=False,
            seed=0,
        )

    def view(self, steps: int | None = None) -> EpochView:
        """Give the epochs of a training: each of `steps` batches, by default those of one pass."""
        return EpochView(self, len(self) if steps is None else steps)

    def _rows_of_pass(self, epoch: int) -> Codes:
        return _order(self.seed, epoch, self.n) if self.shuffle else np.arange(self.n)

    def _targets_of(self, rows: Codes) -> Any:
        if self._targets is None:
            return _TARGETS[self.class_mode](self.classes[rows], self.num_classes)
        if isinstance(self._targets, tuple):
            return tuple(targets[rows] for targets in self._targets)
        return self._targets[rows]

    def _tell(self, failed: Sequence[tuple[int, ImageFileError]], rows: Codes) -> None:
        """Name each file that is left out, once."""
        for i, error in failed:
            if int(rows[i]) not in self._told:
                self._told.add(int(rows[i]))
                warn(f"{error.message} It is left out.")


class EpochView(_ThreadedBatches):
    """The epochs of a training over a flow, each of exactly `steps` batches.

    Step s of epoch e is batch e * steps + s of the endless sequence of passes, so that an epoch may be shorter or
    longer than a pass and no image is left out or repeated.
    """

    def __init__(self, flow: ImageFlow, steps: int) -> None:
        super().__init__()
        check_count(steps, "steps")
        self.flow = flow
        self.steps = steps
        self.epoch = 0

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> Batch:
        return self.batch(self.epoch, index)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch `view[s]` is of."""
        self.epoch = epoch

    def batch_rows(self, epoch: int, step: int) -> Codes:
        """Give the rows of the flow's images that a step of an epoch shows."""
        return self.flow.batch_rows(*divmod(epoch * self.steps + step, len(self.flow)))

    def batch(self, epoch: int, step: int) -> Batch:
        """Make the batch of a step of an epoch."""
        return self.flow.batch(*divmod(epoch * self.steps + step, len(self.flow)))


def make_flow(
    images: pd.DataFrame,
    generator: ImageDataGenerator,
    *,
    target_size: tuple[int, int],
    color_mode: ColorMode = "rgb",
    class_mode: ClassMode = "categorical",
    batch_size: int = 32,
    shuffle: bool = True,
    interpolation: Interpolation = "bilinear",
    keep_aspect_ratio: bool = False,
    subset: Subset | None = None,
    on_error: OnError = "stop",
    cache: Cache = False,
    cache_size: float | None = None,
    saver: PictureSaver | None = None,
    seed: int | None = None,
    argument: str = "images",
    targets: Targets | None = None,
    weights: NDArray[np.float32] | None = None,
    is_known: bool = False,
    split_by: str | None = "label",
) -> ImageFlow:
    """Make a flow over an images frame, leaving out (and counting) rows that cannot be decoded.

    `targets` and `weights` have a value for each row; with `is_known` files are taken for images unseen.
    """
    check_size(target_size)
    check_count(batch_size, "batch_size")
    images = images.assign(status="ok") if is_known else complete_images(images, argument)
    rows = _decodable(images, argument)
    if subset is not None:
        chosen = subset_rows(images[rows], generator, subset, by=split_by)
        rows[np.flatnonzero(rows)[~chosen]] = False
        generator = generator_of(generator, subset)
    images = _labelled(images[rows], class_mode, argument)
    preprocessing = generator.preprocessing(target_size, color_mode, interpolation, keep_aspect_ratio=keep_aspect_ratio)
    return ImageFlow(
        images,
        file_pictures(images, generator, preprocessing, cache=cache, cache_size=cache_size, argument=argument),
        generator,
        preprocessing,
        class_mode=class_mode,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=draw_seed(seed),
        targets=chosen_targets(targets, rows),
        weights=None if weights is None else weights[rows],
        on_error=on_error,
        saver=saver,
    )


def make_prediction_flow(images: pd.DataFrame, preprocessing: Preprocessing, *, batch_size: int = 32) -> ImageFlow:
    """Make a flow of pictures alone, in the order of the frame, with what `preprocessing` says and nothing random.

    Every row must be of a file that can be decoded.
    """
    check_count(batch_size, "batch_size")
    images = images.reset_index(drop=True)
    generator = ImageDataGenerator()
    return ImageFlow(
        images,
        file_pictures(images, generator, preprocessing),
        generator,
        preprocessing,
        class_mode="none",
        batch_size=batch_size,
        shuffle=False,
        seed=0,
    )


def chosen_targets(targets: Targets | None, rows: NDArray[np.bool_]) -> Targets | None:
    """Give the targets of the chosen rows, of one output or of each of several."""
    if targets is None:
        return None
    return tuple(each[rows] for each in targets) if isinstance(targets, tuple) else targets[rows]


def subset_rows(
    images: pd.DataFrame, generator: ImageDataGenerator, subset: Subset, *, by: str | None = "label"
) -> NDArray[np.bool_]:
    """Tell which rows are of a subset: it depends on the images and the generator's `split_seed` alone.

    With `exact` the first rows validate, of each label where `by` is `"label"`, as in Keras.
    """
    share = generator.validation_split
    if not share:
        raise InputError(
            f"`subset` is {subset!r}, but the generator has no `validation_split`.",
            hint="Give the generator one, such as `validation_split = 0.2`.",
        )
    if generator.exact:
        is_first = _first_rows(images, share, by)
        return is_first if subset == "validation" else ~is_first
    divided = split_images(
        images.drop(columns=["split"], errors="ignore"),
        {"train": 1 - share, "validation": share},
        by="label" if "label" in images.columns and images["label"].notna().all() else None,
        seed=generator.split_seed,
    )
    rows: NDArray[np.bool_] = (divided["split"] == ("validation" if subset == "validation" else "train")).to_numpy()
    if not rows.any():
        raise InputError(f"`subset` {subset!r} has no images: {counted(len(images), 'image')} are too few.")
    return rows


def _first_rows(images: pd.DataFrame, share: float, by: str | None) -> NDArray[np.bool_]:
    """Tell which rows are among the first ones, of each label or of all."""
    codes = images[by].cat.codes.to_numpy() if by is not None else np.zeros(len(images), dtype=np.intp)
    is_first = np.zeros(len(images), dtype=bool)
    for code in np.unique(codes):
        rows = np.flatnonzero(codes == code)
        is_first[rows[: int(share * len(rows))]] = True
    return is_first


def generator_of(generator: ImageDataGenerator, subset: Subset | None) -> ImageDataGenerator:
    """Give the generator of a subset: validation images are never augmented."""
    return generator.without_augmentation() if subset == "validation" else generator


def check_size(target_size: tuple[int, int]) -> None:
    """Refuse sides below one pixel."""
    for side in target_size:
        check_count(side, "target_size")


def check_labels(levels: list[str], class_mode: ClassMode, argument: str) -> None:
    """Refuse labels that `class_mode` cannot tell a network."""
    if class_mode == "binary" and len(levels) != 2:
        raise InputError(
            f"`class_mode` 'binary' needs two labels, but `{argument}` has {len(levels)}: {listed(levels)}.",
            hint="Use 'categorical' or 'sparse'.",
        )


def _decodable(images: pd.DataFrame, argument: str) -> NDArray[np.bool_]:
    """Tell which rows can be decoded, and count the others aloud."""
    usable = usable_rows(images).to_numpy(copy=True)
    if not usable.any():
        raise InputError(
            f"`{argument}` has no image that can be decoded: it has {counted(len(images), 'row')}.",
            hint="The column `status` of `image_table()` says what is wrong with each file.",
        )
    if not usable.all():
        wrong = images.loc[~usable, "status"].value_counts()
        reasons = ", ".join(f"{n} {status}" for status, n in wrong.items())
        warn(f"{counted(int(wrong.sum()), 'image')} of {len(images):,} cannot be decoded and left out: {reasons}.")
    return usable


def _labelled(images: pd.DataFrame, class_mode: ClassMode, argument: str) -> pd.DataFrame:
    if class_mode not in _TARGETS:
        return images.reset_index(drop=True)
    if "label" not in images.columns or images["label"].isna().any():
        missing = "no column `label`"
        if "label" in images.columns:
            missing = f"{counted(int(images['label'].isna().sum()), 'row')} without a label"
        raise InputError(
            f"`{argument}` has {missing}, but `class_mode` {class_mode!r} needs labels.",
            hint="Drop those rows, or use `class_mode = 'none'`.",
        )
    check_labels(levels_of(images), class_mode, argument)
    return images.reset_index(drop=True)


@functools.lru_cache(maxsize=8)
def _order(seed: int, epoch: int, n: int) -> Codes:
    order = keyed_generator(seed, epoch).permutation(n)
    order.flags.writeable = False
    return order
