"""The only opener of image files: what a content is, and its pixels.

Concerns kept apart: this module sees bytes of one file at a time; which files there are is `table`'s business, and
what becomes of the pixels is that of `flow`.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass

import numpy as np
import PIL
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from tidycnn.core.checks import check_choice
from tidycnn.core.errors import ImageFileError
from tidycnn.core.types import ColorMode, PathLike
from tidycnn.images._formats import DECODED, ends_early, sniff_format

STATUSES = ("ok", "truncated", "not an image", "empty", "unsupported format", "too large", "unreadable")
PIXELS_MAX = 178_956_970
_ORIENTATION = 0x0112
_MODES = {"rgb": "RGB", "rgba": "RGBA", "grayscale": "L"}
_COLOUR_SPACES = {"rgb": "RGB", "rgba": "RGBA", "grayscale": "GRAY"}
_PLAIN_JPEG = {"YCbCr", "Gray", "RGB"}
# A JPEG is decoded to a half, a quarter or an eighth of its width and height at less cost, averaging its pixels.
_REDUCTIONS = (8, 4, 2)
# Where the marker of a JPEG's EXIF data must begin, if it has any that matters here.
_EXIF_REACH = 65_536
# Pillow's modes that have a plain meaning in 8 bits; floating and 32 bit pixels have none.
_DECODABLE = {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV"}

Image.init()


@dataclass(frozen=True)
class Facts:
    """What is known of the content of a file; sizes are those of the picture as it is meant to be seen."""

    status: str
    format: str | None = None
    width: int | None = None
    height: int | None = None
    mode: str | None = None


def probe_image(content: bytes, pixels_max: int = PIXELS_MAX) -> Facts:
    """Decode a content completely and say what it is; never raises.

    An image that declares more than `pixels_max` pixels is found `too large` before any memory is taken for it.
    """
    facts, image = _load(content, pixels_max, has_pixels=False)
    if image is not None:
        image.close()
    return facts


def decode_image(
    content: bytes, color_mode: ColorMode = "rgb", *, least_size: tuple[int, int] | None = None
) -> NDArray[np.uint8]:
    """Decode a content to pixels.

    The picture is turned as its EXIF data say. 16 bits a channel become 8 by scaling the whole range, transparency is
    dropped except where `color_mode` is `"rgba"`, and of several pictures in one file the first is taken. Where height
    and width of `least_size` are enough, a JPEG is reduced by `reduction_of()` while it is decoded.

    Returns
    -------
    An array of shape (height, width, channels) of whole numbers 0 to 255, in the order red, green, blue, alpha.
    """
    check_choice(color_mode, "color_mode", _MODES)
    pixels = _decode_jpeg(content, color_mode, least_size) if content.startswith(b"\xff\xd8\xff") else None
    if pixels is not None:
        return pixels
    facts, image = _load(content, PIXELS_MAX, has_pixels=True)
    if image is None or facts.status != "ok":
        raise ImageFileError(f"The content cannot be decoded: {facts.status}.")
    with image:
        return _pixels_of(image, color_mode)


def decoder_versions() -> str:
    """Spell the versions of the libraries that decide the pixels."""
    return f"simplejpeg {simplejpeg.__version__}, Pillow {PIL.__version__}"


def reduction_of(height: int, width: int, least_size: tuple[int, int] | None) -> int:
    """Give by what a JPEG is divided that must keep at least the height and width of `least_size`."""
    if least_size is None:
        return 1
    fits = (k for k in _REDUCTIONS if -(-height // k) >= least_size[0] and -(-width // k) >= least_size[1])
    return next(fits, 1)


def read_content(path: PathLike) -> bytes:
    """Read the bytes of a file, or raise an error that names it."""
    try:
        with open(os.path.expanduser(path), "rb", buffering=0) as file:  # noqa: PTH111, PTH123 - half the time of pathlib
            return file.read()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ImageFileError(f"{os.fspath(path)!r} cannot be read: {reason}.") from error


def decode_file(
    content: bytes, path: PathLike, color_mode: ColorMode = "rgb", *, least_size: tuple[int, int] | None = None
) -> NDArray[np.uint8]:
    """Decode the content of a file, or raise an error that names it. See `decode_image()`."""
    try:
        return decode_image(content, color_mode, least_size=least_size)
    except ImageFileError as error:
        status = error.message.rpartition(": ")[2]
        raise ImageFileError(f"{os.fspath(path)!r} cannot be read as an image: {status}") from None


def read_image(path: PathLike, color_mode: ColorMode = "rgb") -> NDArray[np.uint8]:
    """Read the pixels of a file, or raise an error that names it. See `decode_image()`."""
    return decode_file(read_content(path), path, color_mode)


def _load(content: bytes, pixels_max: int, *, has_pixels: bool) -> tuple[Facts, Image.Image | None]:
    """Say what a content is, and give the decoded picture where there is one (coarse where not `has_pixels`)."""
    if not content:
        return Facts("empty"), None
    name = sniff_format(content)
    if name is None:
        return Facts("not an image"), None
    if DECODED.get(name) not in Image.OPEN:
        return Facts("unsupported format", name), None
    try:
        image = _open(content, name)
    except Exception as error:
        return Facts(_failure(error, content, name), name), None
    width, height, mode = *image.size, image.mode
    if width * height > pixels_max:
        return Facts("too large", name, width, height, mode), None
    if not (mode in _DECODABLE or _has_16_bits(image)):
        return Facts("unsupported format", name, width, height, mode), None
    try:
        if not has_pixels:
            # A JPEG is then read to its end as ever, but only an eighth of its width and height is computed.
            image.draft("L", (1, 1))
        image.load()
    except Exception as error:
        return Facts(_failure(error, content, name), name, width, height, mode), None
    if name == "tiff":  # Which Pillow turns while loading.
        width, height = image.size
    elif _orientation(image) >= 5:
        width, height = height, width
    status = "truncated" if ends_early(content, name, is_damaged=False) else "ok"
    return Facts(status, name, width, height, mode), image


def _open(content: bytes, name: str) -> Image.Image:
    # Pillow's own `Image.open()` tries every format, and its limit of pixels is a global of the whole process.
    opener = Image.OPEN[DECODED[name]][0]
    return opener(io.BytesIO(content), "")


def _failure(error: Exception, content: bytes, name: str) -> str:
    if isinstance(error, MemoryError):
        return "too large"
    text = str(error).lower()
    is_short = any(word in text for word in ("truncated", "buffer of", "eof", "expected to read", "missing dimensions"))
    return "truncated" if is_short or ends_early(content, name, is_damaged=True) else "unreadable"


def _orientation(image: Image.Image) -> int:
    if image.format == "JPEG" and "exif" not in image.info:
        return 1
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # EXIF data are damaged in more ways than Pillow names; the pixels are not.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _turned(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _pixels_of(image: Image.Image, color_mode: str) -> NDArray[np.uint8]:
    orientation = _orientation(image)
    plain = _in_8_bits(image)
    if plain.mode in ("P", "PA", "La", "RGBa"):
        plain = plain.convert("RGBA")
    pixels = np.asarray(plain.convert(_MODES[color_mode]), dtype=np.uint8)
    return _turned(pixels.reshape(*pixels.shape[:2], -1), orientation)


def _has_16_bits(image: Image.Image) -> bool:
    # Pillow spells 16 bit grey in PNG and PPM as 32 bit integers in some versions.
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM"))


def _in_8_bits(image: Image.Image) -> Image.Image:
    if not _has_16_bits(image):
        return image
    return Image.fromarray((np.asarray(image).astype(np.uint32) // 257).astype(np.uint8))


def _decode_jpeg(
    content: bytes, color_mode: str, least_size: tuple[int, int] | None = None
) -> NDArray[np.uint8] | None:
    """Decode an ordinary JPEG by libjpeg-turbo; None where Pillow must look: four colours, a missing end, damage."""
    if ends_early(content, "jpeg", is_damaged=False):
        return None
    orientation = _jpeg_orientation(content)
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(content)
        if colours not in _PLAIN_JPEG or height * width > PIXELS_MAX:
            return None
        seen = (width, height) if orientation >= 5 else (height, width)
        k = reduction_of(*seen, least_size)
        least = {"min_height": -(-height // k), "min_width": -(-width // k)} if k > 1 else {}
        pixels = simplejpeg.decode_jpeg(content, _COLOUR_SPACES[color_mode], **least)
    except ValueError:
        return None
    return pixels if orientation == 1 else _turned(pixels, orientation)


def _jpeg_orientation(content: bytes) -> int:
    start = content.find(b"Exif\0\0", 0, _EXIF_REACH)
    if start < 4 or content[start - 4 : start - 2] != b"\xff\xe1":
        return 1
    return _exif_orientation(content[start : start - 2 + int.from_bytes(content[start - 2 : start], "big")])


def _exif_orientation(data: bytes) -> int:
    exif = Image.Exif()
    try:
        exif.load(data)
        value = exif.get(_ORIENTATION, 1)
    except Exception:  # As in `_orientation()`.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1
