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
from tidycnn.core.errors import ImageFileError, InputError, constant, counted, warn
from tidycnn.core.frames import levels_of
from tidycnn.core.preprocessing import Preprocessing, normalise
from tidycnn.core.seeds import draw_seed, stream
from tidycnn.core.types import OnError
from tidycnn.flow._pictures import ArrayPictures, Pictures
from tidycnn.flow._render import render_pictures
from tidycnn.flow._saving import PictureSaver
from tidycnn.flow.augmentation import Augmentation
from tidycnn.flow.options import FlowOptions

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
        The rows that are used, with the index that they had.
    levels
        The labels in the order of the network's outputs.
    generator, preprocessing
        How pictures are augmented; what prediction must repeat.
    options
        How the flow was made, as plain data.
    target_names
        What the arrays are called that a network with several outputs learns.
    epoch
        The pass that `flow[i]` is taken from.
    batch_index, index_array, total_batches_seen
        Where `next()` stands: the batch of its pass that comes next, the order of that pass, and how many it gave.
    """

    def __init__(
        self,
        images: pd.DataFrame,
        pictures: Pictures,
        generator: Augmentation,
        preprocessing: Preprocessing,
        options: FlowOptions,
        *,
        targets: Targets | None = None,
        weights: NDArray[np.float32] | None = None,
        saver: PictureSaver | None = None,
    ) -> None:
        super().__init__()
        self.images = images
        self.pictures = pictures
        self.generator = generator
        self.preprocessing = preprocessing
        self.seed = draw_seed(options.seed)
        self.options = dataclasses.replace(options.prepared_as(preprocessing), seed=self.seed)
        self.class_mode = options.class_mode
        self.batch_size = options.batch_size
        self.shuffle = options.shuffle
        self.on_error = options.on_error
        self.epoch = 0
        self.total_batches_seen = 0
        self.levels = levels_of(images) if "label" in images.columns else []
        self.classes: Codes = (
            images["label"].cat.codes.to_numpy(dtype=np.intp) if self.levels else np.full(len(images), -1)
        )
        self.filepaths: list[str] = images["path"].tolist()
        self.filenames = self.filepaths
        self.target_names: list[str] = []
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
    def target_size(self) -> tuple[int, int]:
        """Height and width."""
        return self.preprocessing.target_size

    @property
    def color_mode(self) -> str:
        """Which channels there are."""
        return self.preprocessing.color_mode

    @property
    def is_weighted(self) -> bool:
        """Whether images count differently."""
        return self._weights is not None

    @property
    def is_of_files(self) -> bool:
        """Whether the images are files, and not pictures of an array."""
        return not isinstance(self.pictures, ArrayPictures)

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
        rows, x = self.pictures_of(epoch, index)
        if len(rows) == 0:  # A loss of nothing would be no number.
            return self.batch(epoch, (index + 1) % len(self))
        if self._saver is not None:
            self._saver.save(x, rows, epoch, self.preprocessing)
        if self.class_mode == "none":
            return x
        y = x if self.class_mode == "input" else self._targets_of(rows)
        return (x, y) if self._weights is None else (x, y, self._weights[rows])

    def pictures_of(self, epoch: int, index: int) -> tuple[Codes, NDArray[Any]]:
        """Give the rows of a batch that can be read, and their pictures."""
        rows, x, failed = self.read_pictures(epoch, index, on_error=self.on_error)
        if failed:
            self._tell(failed, rows)
            rows = np.delete(rows, [i for i, _ in failed])
        return rows, x

    def read_pictures(
        self, epoch: int, index: int, *, on_error: OnError
    ) -> tuple[Codes, NDArray[Any], list[tuple[int, ImageFileError]]]:
        """Give the rows of a batch, the pictures of those that can be read, and the places and errors of the others."""
        rows = self.batch_rows(epoch, index)
        x, failed = render_pictures(
            self.pictures, rows, self.generator, self.preprocessing, seed=self.seed, epoch=epoch, on_error=on_error
        )
        x = normalise(x, self.preprocessing, is_rescaled=True).astype(self.generator.dtype, copy=False)
        return rows, x, failed

    def plain(self, preprocessing: Preprocessing | None = None) -> ImageFlow:
        """Give the pictures alone, in the order of `images`, with nothing random."""
        return ImageFlow(
            self.images,
            self.pictures.unwarped(),
            type(self.generator)(),
            preprocessing or self.preprocessing,
            FlowOptions(class_mode="none", batch_size=self.batch_size, shuffle=False, seed=0),
        )

    def bare(self) -> ImageFlow:
        """Give the pictures alone, in the order of `images`, neither augmented nor normalised."""
        return self.plain(self.preprocessing.without_normalisation())

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
        if len(self._told) == self.n:
            raise failed[0][1]


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


@functools.lru_cache(maxsize=8)
def _order(seed: int, epoch: int, n: int) -> Codes:
    order = stream("order", seed, epoch).generator().permutation(n)
    order.flags.writeable = False
    return order
