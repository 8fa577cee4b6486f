"""What a flow tells of its images and of how it was made: to be read, and not to be changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tidycnn.core.errors import FixedError
from tidycnn.core.frames import levels_of
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.store import hash_arrays
from tidycnn.core.types import ClassMode
from tidycnn.flow._pictures import ArrayPictures, Pictures
from tidycnn.flow.augmentation import Augmentation
from tidycnn.flow.options import FlowOptions

Targets = NDArray[Any] | tuple[NDArray[Any], ...]


class FixedList(list[str]):
    """Names that cannot be changed: a list in all else."""

    def _refuse(self, *values: Any, **named: Any) -> NoReturn:
        raise FixedError(
            "What a flow tells of its images cannot be changed: it would not train on anything else.",
            hint="Change a copy: `list(names)`. Other images are a flow of their own.",
        )

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = remove = pop = clear = sort = reverse = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FixedList, (list(self),)


class ToldFlow:
    """The half of a flow that tells what it is.

    `teacher` is the generator from which that of a subset was made, and which may learn later.
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
        beside: Sequence[NDArray[Any]] = (),
        levels: Sequence[str] | None = None,
        names: Sequence[str] | None = None,
        target_names: Sequence[str] = (),
        teacher: Augmentation | None = None,
    ) -> None:
        super().__init__()
        self.pictures = pictures
        self.generator = generator
        self.teacher = teacher or generator
        self._preprocessing = preprocessing
        self.options = options
        self.class_mode: ClassMode = options.class_mode
        self.shuffle = options.shuffle
        self.batch_size = options.batch_size
        self.on_error = options.on_error
        has_labels = "label" in images.columns
        self._images = images
        self._levels = FixedList(levels or (levels_of(images) if has_labels else []))
        codes = images["label"].cat.codes.to_numpy(dtype=np.intp, copy=True) if has_labels else None
        self._classes = np.full(len(images), -1) if codes is None else codes
        self._classes.flags.writeable = False
        self._filepaths = FixedList(images["path"].tolist())
        self._filenames = self._filepaths if names is None else FixedList(names)
        self._target_names = FixedList(target_names)
        self._targets = targets
        self._weights = weights
        self._beside = tuple(beside)

    def __setattr__(self, name: str, value: Any) -> None:
        known = getattr(type(self), name, None)
        if isinstance(known, property) and known.fset is None:
            raise FixedError(
                f"`{name}` of a flow cannot be changed: it would not train on anything else.",
                hint="Other images, labels or targets are a flow of their own.",
            )
        super().__setattr__(name, value)

    @property
    def preprocessing(self) -> Preprocessing:
        """What prediction must repeat, with what the generator has learned by now."""
        known = self.teacher.used_statistics() if self.teacher.featurewise_center else None
        if known is not None and known is not self._preprocessing.statistics:
            self.teacher.check_fits(self._preprocessing.picture_shape)
            self._preprocessing = dataclasses.replace(self._preprocessing, statistics=known)
        return self._preprocessing

    def given_hash(self) -> str | None:
        """Name what the frame of images does not tell: arrays of pictures, targets and weights; None without any."""
        return hash_arrays(self.given_arrays())

    def given_arrays(self) -> list[NDArray[Any]]:
        """Give the arrays that the flow was given by the user."""
        pictures = [self.pictures.array] if isinstance(self.pictures, ArrayPictures) else []
        targets = self._targets if isinstance(self._targets, tuple) else (self._targets,)
        return [array for array in (*pictures, *targets, self._weights, *self._beside) if array is not None]

    @property
    def images(self) -> pd.DataFrame:
        """The rows that are used, with the index that they had."""
        return self._images

    @property
    def levels(self) -> list[str]:
        """The labels in the order of the network's outputs."""
        return self._levels

    @property
    def classes(self) -> Any:
        """The position of the label of each image, in the order of `images`; of several labels all."""
        if len(self._levels) and "label" not in self._images.columns and isinstance(self._targets, np.ndarray):
            return [np.flatnonzero(row).tolist() for row in self._targets]
        return self._classes

    @property
    def filenames(self) -> list[str]:
        """The names of the files, in the order of `images`."""
        return self._filenames

    @property
    def filepaths(self) -> list[str]:
        """The paths of the files, in the order of `images`."""
        return self._filepaths

    @property
    def target_names(self) -> list[str]:
        """What the arrays are called that a network with several outputs learns."""
        return self._target_names

    @property
    def n(self) -> int:
        """The number of images."""
        return len(self._images)

    @property
    def samples(self) -> int:
        """The number of images."""
        return len(self._images)

    @property
    def num_classes(self) -> int:
        """The number of labels."""
        return len(self._levels)

    @property
    def class_indices(self) -> dict[str, int]:
        """The position of each label among the network's outputs."""
        return {level: position for position, level in enumerate(self._levels)}

    @property
    def labels(self) -> Any:
        """The position of the label of each image, or its raw targets, in the order of `images`."""
        return self.classes if self._targets is None else self._targets

    @property
    def sample_weight(self) -> NDArray[np.float32] | None:
        """How much each image counts, None where all count the same."""
        return self._weights

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
    def data_format(self) -> str:
        """Where the channels stand."""
        return self.preprocessing.data_format

    @property
    def dtype(self) -> str:
        """The type of the numbers of pictures."""
        return self.generator.dtype

    @property
    def image_data_generator(self) -> Augmentation:
        """How pictures are augmented and normalised: Keras's name of `generator`."""
        return self.generator

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
