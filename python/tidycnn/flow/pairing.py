"""Two flows as one: pictures with their masks, or with second pictures, divided, ordered and augmented together.

Concerns kept apart: each flow knows its own files and how they are normalised; here is only what belongs together.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tidycnn.core.checks import checked
from tidycnn.core.errors import InputError, Phrase, counted, described, listed, warn
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.settings import name_differences
from tidycnn.core.types import ImageFlow as AnyFlow
from tidycnn.core.types import OnError
from tidycnn.flow.batches import Failure, ImageFlow

Role: TypeAlias = Literal["target", "input"]
_SHIFTS = ("width_shift_range", "height_shift_range")
# What moves a picture: these must be the same for both of a pair.
_MOVES = (
    "rotation_range",
    "width_shift_range",
    "height_shift_range",
    "shear_range",
    "zoom_range",
    "horizontal_flip",
    "vertical_flip",
    "exact",
)


@checked
def pair_flows(flow: AnyFlow, other: AnyFlow, *, role: Role = "target") -> AnyFlow:
    """Make one flow of two: pictures with their masks, or with second pictures.

    Both are ordered and augmented as one: the order, the seed and the size of batches are those of the first, and what
    moves a picture moves the other in the same way. Files go together in the order of both flows, and a warning tells
    where their names do not.

    Parameters
    ----------
    flow
        The pictures, a flow as `flow_images()` and its kin give.
    other
        A flow of as many pictures, whose generator moves them as that of `flow`. For masks give it
        `interpolation_order = 0`, which mixes no classes, and its flow `interpolation = "nearest"`.
    role
        What the pictures of `other` are: what the network learns (`"target"`), or another of its inputs (`"input"`).

    Returns
    -------
    A flow: batches of pictures and the others as targets; or of both as inputs, with the targets of `flow`.

    Examples
    --------
    >>> import numpy as np
    >>> from tidycnn import flow_images_from_data
    >>> pictures, masks = np.zeros((10, 8, 8, 3)), np.zeros((10, 8, 8, 1))
    >>> x, y = pair_flows(flow_images_from_data(pictures, batch_size=4), flow_images_from_data(masks))[0]
    >>> x.shape, y.shape
    ((4, 8, 8, 3), (4, 8, 8, 1))
    """
    first, second = _checked_flow(flow, "flow"), _checked_flow(other, "other")
    if isinstance(second, PairedFlow):
        raise InputError("`other` must be a flow of its own, not a pair.", hint="`flow` may be a pair.")
    _check_alike(first, second)
    pairs = first.pairs if isinstance(first, PairedFlow) else ()
    return PairedFlow(first, (*pairs, (second, role)))


class PairedFlow(ImageFlow):
    """A flow with others that go along with it.

    Attributes
    ----------
    pairs
        The other flows, each with its role.
    """

    def __init__(self, flow: ImageFlow, pairs: Sequence[tuple[ImageFlow, Role]]) -> None:
        has_targets = any(role == "target" for _, role in pairs)
        super().__init__(
            flow.images,
            flow.pictures,
            flow.generator,
            flow.preprocessing,
            dataclasses.replace(flow.options, class_mode="input" if has_targets else flow.class_mode),
            saver=flow.saver,
            targets=flow._targets,
            weights=flow.sample_weight,
            beside=flow._beside,
            levels=flow.levels,
            names=flow.filenames,
            target_names=flow.target_names,
            teacher=flow.teacher,
        )
        self.pairs = tuple(pairs)

    @property
    def needs_main_thread(self) -> bool:
        """Whether a function of R's has a part in the pictures of any of them."""
        return super().needs_main_thread or any(other.needs_main_thread for other, _ in self.pairs)

    def given_arrays(self) -> list[NDArray[Any]]:
        """Give the arrays of all flows, and the names of the files of the others."""
        others = [other for other, _ in self.pairs]
        names = [np.array(other.filepaths) for other in others if other.is_of_files]
        return [*super().given_arrays(), *names, *(array for other in others for array in other.given_arrays())]

    def __repr__(self) -> str:
        along = (f"{' x '.join(map(str, other.image_shape))} as {role}" for other, role in self.pairs)
        return f"{super().__repr__()[:-1]}, with {', '.join(along)}>"

    def read_pictures(
        self, epoch: int, index: int, *, on_error: OnError, augmented_as: int | None = None
    ) -> tuple[NDArray[Any], Any, list[Failure]]:
        """Give the rows of a batch that all flows can read, the pictures of each, and what is wrong with others."""
        rows, number = self.batch_rows(epoch, index), epoch if augmented_as is None else augmented_as
        shown = [
            each.render(rows, number, on_error=on_error, seed=self.seed)
            for each in (self, *(other for other, _ in self.pairs))
        ]
        failed = sorted({place: error for _, wrong in reversed(shown) for place, error in wrong}.items())
        lost = [place for place, _ in failed]
        pictures = []
        for x, wrong in shown:
            there = np.delete(np.arange(len(rows)), [place for place, _ in wrong])
            pictures.append(x[~np.isin(there, lost)])
        return np.delete(rows, lost), tuple(pictures), failed

    def save(self, rows: NDArray[Any], x: Any, epoch: int) -> None:
        """Write what is shown of rows, where one of the flows was asked to."""
        super().save(rows, x[0], epoch)
        for (other, _), pictures in zip(self.pairs, x[1:], strict=True):
            other.save(rows, pictures, epoch)

    def inputs_of(self, rows: NDArray[Any], x: Any) -> Any:
        """Give the pictures of all flows that are inputs."""
        own = super().inputs_of(rows, x[0])
        more = [pictures for (_, role), pictures in zip(self.pairs, x[1:], strict=True) if role == "input"]
        return (*(own if isinstance(own, tuple) else (own,)), *more) if more else own

    def targets_of(self, rows: NDArray[Any], x: Any) -> Any:
        """Give the pictures of all flows that are targets, else the targets of the first."""
        found = [pictures for (_, role), pictures in zip(self.pairs, x[1:], strict=True) if role == "target"]
        return (found[0] if len(found) == 1 else tuple(found)) if found else super().targets_of(rows, x[0])

    def plain(self, preprocessing: Preprocessing | None = None) -> ImageFlow:
        """Give the inputs alone, in the order of `images`, with nothing random: with `preprocessing` only the first."""
        own = super().plain(preprocessing)
        inputs: list[tuple[ImageFlow, Role]] = [(other.plain(), role) for other, role in self.pairs if role == "input"]
        return PairedFlow(own, inputs) if inputs and preprocessing is None else own


def _checked_flow(value: Any, argument: str) -> ImageFlow:
    if not isinstance(value, ImageFlow):
        raise InputError(f"`{argument}` must be a flow as `flow_images()` gives, not {described(value)}.")
    return value


def _check_alike(flow: ImageFlow, other: ImageFlow) -> None:
    """Refuse flows whose pictures do not go together, and tell of names that do not."""
    if flow.n != other.n:
        raise InputError(
            f"`other` must have a picture for each of the {counted(flow.n, 'image')} of `flow`, not {other.n:,}.",
            hint="Both need the same files, and the same `subset` of the same `validation_split`.",
        )
    mine, theirs = ({name: getattr(each.generator, name) for name in _MOVES} for each in (flow, other))
    differences = name_differences(mine, theirs)
    if differences:
        raise InputError(
            "`flow` and `other` must move their pictures alike, but their generators differ in "
            f"{', '.join(differences)}."
        )
    _check_sizes(flow, other)
    names, others = _cores(flow.filenames), _cores(other.filenames)
    if names == others:
        return
    if sorted(names) == sorted(others):
        raise InputError(
            "`flow` and `other` have the same files in another order.",
            hint="Sort the data frames alike, or give both flows `classes` in the same order.",
        )
    at = next(i for i in range(flow.n) if names[i] != others[i])
    warn(
        f"Pictures go together in their order: {flow.filenames[at]!r} with {other.filenames[at]!r}, "
        "whose names are not alike."
    )


def _check_sizes(flow: ImageFlow, other: ImageFlow) -> None:
    """Refuse sizes at which the same move is another one."""
    (height, width), (height_2, width_2) = flow.target_size, other.target_size
    if flow.options.keep_aspect_ratio != other.options.keep_aspect_ratio or height * width_2 != width * height_2:
        raise InputError(
            f"`flow` and `other` must have pictures of one shape, not {height} x {width} and {height_2} x {width_2}.",
            hint="Give both the same `target_size` and `keep_aspect_ratio`, or sizes of the same proportion.",
        )
    in_pixels = [name for name in _SHIFTS if not _is_share(getattr(flow.generator, name))]
    if (height, width) != (height_2, width_2) and in_pixels:
        raise InputError(
            f"{listed(Phrase(f'`{name}`') for name in in_pixels)} in pixels moves pictures of two sizes differently.",
            hint="Give a share of the picture, such as 0.1, or one `target_size`.",
        )


def _is_share(shift: Any) -> bool:
    return isinstance(shift, int | float) and shift < 1


def _cores(names: Sequence[str]) -> list[str]:
    """Give names without what all of them begin and end with, such as `img_` or `_mask.png`."""
    stems = [os.path.splitext(name)[0] for name in names]  # noqa: PTH122
    first = _shared(stems)
    last = _shared([stem[first:][::-1] for stem in stems])
    return [stem[first : len(stem) - last] for stem in stems]


def _shared(texts: Sequence[str]) -> int:
    """Count the letters with which all texts begin."""
    least, most = min(texts), max(texts)  # What the extremes share, all share.
    return next((i for i, (a, b) in enumerate(zip(least, most, strict=False)) if a != b), len(least))
