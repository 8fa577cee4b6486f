"""Batches of pictures for a network: what a picture becomes depends on the seed, the epoch and the picture alone.

Concerns kept apart: a flow knows passes over its images, `_passes` where it stands in them, `_told` what it tells of
itself; `EpochView` knows the epochs and steps of a training, which need not be passes. Which epoch that is, is always
told from outside (`set_epoch()`): Keras calls `on_epoch_end` before the first epoch, and twice after each validation.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.checks import check_count
from tidycnn.core.engine import keras
from tidycnn.core.errors import ImageFileError, InputError, InputIndexError, constant, counted, warn
from tidycnn.core.html import ShownInNotebooks
from tidycnn.core.preprocessing import Preprocessing, normalise
from tidycnn.core.seeds import draw_seed, stream
from tidycnn.core.types import OnError
from tidycnn.flow._passes import Passes
from tidycnn.flow._pictures import Pictures
from tidycnn.flow._render import render_pictures
from tidycnn.flow._saving import PictureSaver
from tidycnn.flow._told import ToldFlow
from tidycnn.flow.augmentation import Augmentation
from tidycnn.flow.options import FlowOptions

Batch = Any
Codes = NDArray[Any]
Failure = tuple[int, ImageFileError]

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


class ImageFlow(ShownInNotebooks, ToldFlow, _ThreadedBatches):
    """Batches of pictures from an images frame, in passes: each pass shows every image once.

    Made by `flow_images()` and its kin. In a plain `fit()` of Keras each epoch is a pass, and Keras may shuffle the
    order of its batches.

    Attributes
    ----------
    generator
        How pictures are augmented.
    options
        How the flow was made, as plain data.
    """

    def __init__(
        self,
        images: pd.DataFrame,
        pictures: Pictures,
        generator: Augmentation,
        preprocessing: Preprocessing,
        options: FlowOptions,
        *,
        saver: PictureSaver | None = None,
        **learned: Any,
    ) -> None:
        self.seed = draw_seed(options.seed)
        options = dataclasses.replace(options.prepared_as(preprocessing), seed=self.seed)
        super().__init__(images, pictures, generator, preprocessing, options, **learned)
        self.saver = saver
        self._passes = Passes()
        self._told: set[int] = set()

    @property
    def epoch(self) -> int:
        """The pass whose order of images `flow[i]` has."""
        return self._passes.epoch

    @property
    def total_batches_seen(self) -> int:
        """How many batches were given."""
        return self._passes.seen

    @property
    def batch_index(self) -> int:
        """The batch of its pass that `next()` gives next."""
        return self._passes.index

    @property
    def index_array(self) -> Codes:
        """The rows of `images` in the order of the pass from which `next()` gives."""
        return self._rows_of_pass(self._passes.turn)

    def __len__(self) -> int:
        return math.ceil(self.n / self.batch_size)

    def __repr__(self) -> str:
        height, width, channels = self.image_shape
        return (
            f"<ImageFlow: {counted(self.n, 'image')} of {counted(self.num_classes, 'label')} in "
            f"{counted(len(self), 'batch', 'batches')} of {self.batch_size}, {height} x {width} x {channels}>"
        )

    def __getitem__(self, index: int) -> Batch:
        self._check_index(index)
        epoch, augmented_as = self._passes.ask(index)
        return self.batch(epoch, index, augmented_as=augmented_as)

    def __iter__(self) -> Iterator[Batch]:
        """Give batches without end, as Keras's generators do; `[flow[i] for i in range(len(flow))]` is one pass."""
        return self

    def __next__(self) -> Batch:
        return self.batch(*self._passes.step(len(self)))

    def next(self) -> Batch:
        """Give the next batch; passes follow each other without end."""
        return next(self)

    def reset(self) -> None:
        """Let `next()` go on with the first batch of the next pass."""
        self._passes.reset()

    def set_epoch(self, epoch: int) -> None:
        """Say from which pass `flow[i]` is taken."""
        self._passes.begin(epoch)

    def on_epoch_end(self) -> None:
        """Go on to the next pass, where `flow[i]` has shown something of this one.

        Only the end of an epoch does: Keras's workers ask for the first batches before it tells them of the beginning.
        """
        self._passes.end()

    def batch_rows(self, epoch: int, index: int) -> Codes:
        """Give the rows of `images` that stand in a batch, in their order."""
        self._check_index(index)
        return self._rows_of_pass(epoch)[index * self.batch_size : (index + 1) * self.batch_size]

    def batch(self, epoch: int, index: int, *, augmented_as: int | None = None) -> Batch:
        """Make a batch of a pass: pictures, or pictures with targets, or those with weights.

        `augmented_as` is the pass as in which the pictures are augmented, where it is another.
        """
        number = epoch if augmented_as is None else augmented_as
        rows, x = self.pictures_of(epoch, index, augmented_as=number)
        if len(rows) == 0:  # A loss of nothing would be no number.
            return self.batch(epoch, (index + 1) % len(self), augmented_as=augmented_as)
        self.save(rows, x, number)
        return self.with_targets(rows, x)

    def pictures_of(self, epoch: int, index: int, *, augmented_as: int | None = None) -> tuple[Codes, Any]:
        """Give those rows of a batch that can be read, and their pictures; tell of the others."""
        rows, x, failed = self.read_pictures(epoch, index, on_error=self.on_error, augmented_as=augmented_as)
        if failed:
            self._tell(failed, self.batch_rows(epoch, index))
        return rows, x

    def read_pictures(
        self, epoch: int, index: int, *, on_error: OnError, augmented_as: int | None = None
    ) -> tuple[Codes, Any, list[Failure]]:
        """Give those rows of a batch that can be read, their pictures, and the places and errors of the others."""
        rows = self.batch_rows(epoch, index)
        x, failed = self.render(rows, epoch if augmented_as is None else augmented_as, on_error=on_error)
        return np.delete(rows, [place for place, _ in failed]), x, failed

    def render(
        self, rows: Codes, epoch: int, *, on_error: OnError, seed: int | None = None
    ) -> tuple[NDArray[Any], list[Failure]]:
        """Give the pictures of rows as a pass shows them, and the places and errors of those that cannot be read."""
        self.teacher.check_learned()
        x, failed = render_pictures(
            self.pictures,
            rows,
            self.generator,
            self.preprocessing,
            seed=self.seed if seed is None else seed,
            epoch=epoch,
            on_error=on_error,
        )
        return normalise(x, self.preprocessing, is_rescaled=True).astype(self.generator.dtype, copy=False), failed

    def save(self, rows: Codes, x: Any, epoch: int) -> None:
        """Write what is shown of rows, where that was asked for."""
        if self.saver is not None:
            self.saver.save(x, rows, epoch, self.preprocessing)

    def inputs_of(self, rows: Codes, x: Any) -> Any:
        """Give what a network takes: the pictures of rows, and what was given beside them."""
        return (x, *(each[rows] for each in self._beside)) if self._beside else x

    def with_targets(self, rows: Codes, x: Any) -> Batch:
        """Give a batch of what a network takes, what it learns of it, and how much that counts."""
        inputs = self.inputs_of(rows, x)
        if self.class_mode == "none":
            return (inputs,) if isinstance(inputs, tuple) else inputs  # Keras takes two for inputs and targets.
        y = self.targets_of(rows, x)
        return (inputs, y) if self._weights is None else (inputs, y, self._weights[rows])

    def targets_of(self, rows: Codes, x: Any) -> Any:
        """Give what a network learns of rows."""
        if self.class_mode == "input":
            return x.copy()
        if self._targets is None:
            return _TARGETS[self.class_mode](self._classes[rows], self.num_classes)
        if isinstance(self._targets, tuple):
            return tuple(targets[rows] for targets in self._targets)
        return self._targets[rows]

    def plain(self, preprocessing: Preprocessing | None = None) -> ImageFlow:
        """Give the pictures alone, in the order of `images`, with nothing random."""
        if preprocessing is None:
            self.teacher.check_learned()
        return ImageFlow(
            self.images,
            self.pictures.unwarped(),
            type(self.generator)(),
            preprocessing or self.preprocessing,
            FlowOptions(class_mode="none", batch_size=self.batch_size, shuffle=False, seed=0),
            beside=self._beside,
            names=self.filenames,
        )

    def bare(self) -> ImageFlow:
        """Give the pictures alone, in the order of `images`, neither augmented nor normalised."""
        return self.plain(self.preprocessing.without_normalisation())

    def view(self, steps: int | None = None) -> EpochView:
        """Give the epochs of a training: each of `steps` batches, by default those of one pass."""
        return EpochView(self, len(self) if steps is None else steps)

    def _check_index(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise InputIndexError(f"A pass has {counted(len(self), 'batch', 'batches')}; there is no batch {index}.")

    def _rows_of_pass(self, epoch: int) -> Codes:
        return order_of_pass(self.seed, epoch, self.n) if self.shuffle else np.arange(self.n)

    def _tell(self, failed: Sequence[Failure], rows: Codes) -> None:
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
def order_of_pass(seed: int, epoch: int, n: int) -> Codes:
    """Give the rows of `n` images in the order in which a pass shows them."""
    order = stream("order", seed, epoch).generator().permutation(n)
    order.flags.writeable = False
    return order
