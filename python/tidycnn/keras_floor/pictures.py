"""Pictures and labels as arrays, as scripts of Keras hold them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tidycnn.core.checks import check_count, checked
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, described
from tidycnn.core.preprocessing import Preprocessing
from tidycnn.core.store import atomic_file
from tidycnn.core.types import ColorMode, Interpolation, PathLike
from tidycnn.flow.making import prepare_picture
from tidycnn.flow.warp import resize_picture
from tidycnn.images.decode import read_image
from tidycnn.keras_floor.calls import in_words_of_r


@checked
def load_picture(
    path: PathLike,
    grayscale: bool = False,
    color_mode: ColorMode = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: Interpolation = "bilinear",
    *,
    keep_aspect_ratio: bool = False,
    exact: bool = False,
) -> NDArray[np.float64]:
    """Read a picture: an array of shape (height, width, channels), grey levels 0 to 255, as a flow sees it."""
    colours: ColorMode = "grayscale" if grayscale else color_mode
    if target_size is None:
        return read_image(path, colours).astype(np.float64)
    for side in target_size:
        check_count(side, "target_size")
    preprocessing = Preprocessing(
        target_size=target_size,
        color_mode=colours,
        interpolation=interpolation,
        keep_aspect_ratio=keep_aspect_ratio,
        exact=exact,
    )
    return prepare_picture(path, preprocessing).astype(np.float64)


@checked
def resize_array(img: NDArray[Any], height: int, width: int, data_format: str | None = None) -> NDArray[np.float64]:
    """Resize a picture, or each of several, of shape (height, width, channels)."""
    _check_format(data_format)
    if img.ndim not in (3, 4):
        raise InputError(f"`img` must be one picture (height, width, channels) or several, not {described(img)}.")
    pictures = img[None] if img.ndim == 3 else img
    sized = np.stack([resize_picture(each.astype(np.float32), (height, width), "bilinear") for each in pictures])
    return (sized[0] if img.ndim == 3 else sized).astype(np.float64)


@checked
def save_array(
    img: NDArray[Any],
    path: PathLike,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
) -> None:
    """Write a picture of shape (height, width, channels) to a file, whole or not at all."""
    _check_format(data_format)
    if img.ndim != 3:
        raise InputError(f"`img` must be one picture (height, width, channels), not {described(img)}.")
    target = Path(path).expanduser()
    if file_format is None and target.suffix.lower() not in Image.registered_extensions():
        raise InputError(f"`path` must end in the name of a format, such as .png or .jpg, not {target.suffix!r}.")
    with in_words_of_r(), atomic_file(target) as temporary:
        keras.utils.save_img(temporary, img, data_format="channels_last", file_format=file_format, scale=scale)


@checked
def preprocess_imagenet(
    x: NDArray[Any], mode: Literal["caffe", "tf", "torch"] = "caffe", data_format: str | None = None
) -> NDArray[np.float64]:
    """Normalise pictures as networks that were trained on ImageNet expect them."""
    _check_format(data_format)
    if x.ndim not in (3, 4) or x.shape[-1] != 3:
        raise InputError(f"`x` must be pictures of three channels, not {described(x)}.")
    normalise = keras.applications.imagenet_utils.preprocess_input
    return np.asarray(normalise(x.astype(np.float64), data_format="channels_last", mode=mode))


@checked
def code_categories(y: Any, num_classes: int | None = None) -> NDArray[np.float64]:
    """Code classes, whole numbers from 0, as one column each."""
    codes = np.asarray(y).reshape(-1)
    codes = codes.astype(int) if codes.dtype.kind == "b" else codes
    if codes.dtype.kind not in "iuf" or (codes != np.floor(codes)).any() or (codes < 0).any():
        raise InputError(
            f"`y` must be whole numbers from 0, not {described(y)}.",
            hint="A factor has the codes `as.integer(y) - 1`.",
        )
    n = int(codes.max(initial=-1)) + 1 if num_classes is None else int(num_classes)
    if codes.size and codes.max() >= n:
        raise InputError(f"`num_classes` is {n}, but `y` has the class {int(codes.max())}: they count from 0.")
    return np.asarray(keras.utils.to_categorical(codes.astype(int), n), dtype=np.float64)


def _check_format(data_format: str | None) -> None:
    if data_format == "channels_first":
        raise InputError(
            "`data_format` 'channels_first' is not taken.", hint="Arrays have the shape (height, width, channels)."
        )
