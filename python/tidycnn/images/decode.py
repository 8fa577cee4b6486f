"""The only opener of image files: what a content is, and its pixels.

Concerns kept apart: this module sees bytes of one file at a time; which files there are is `table`'s business, and
what becomes of the pixels is that of `flow`.
"""

from __future__ import annotations

import io
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
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
_READERS = {
    "rgb": (cv2.IMREAD_COLOR, cv2.COLOR_BGR2RGB),
    "rgba": (cv2.IMREAD_COLOR, cv2.COLOR_BGR2RGBA),
    "grayscale": (cv2.IMREAD_GRAYSCALE, None),
}
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


def decode_image(content: bytes, color_mode: ColorMode = "rgb") -> NDArray[np.uint8]:
    """Decode a content to pixels.

    The picture is turned as its EXIF data say. 16 bits a channel become 8 by scaling the whole range, transparency is
    dropped except where `color_mode` is `"rgba"`, and of several pictures in one file the first is taken.

    Returns
    -------
    An array of shape (height, width, channels) of whole numbers 0 to 255, in the order red, green, blue, alpha.
    """
    check_choice(color_mode, "color_mode", _MODES)
    pixels = _decode_jpeg(content, color_mode) if content.startswith(b"\xff\xd8\xff") else None
    if pixels is not None:
        return pixels
    facts, image = _load(content, PIXELS_MAX, has_pixels=True)
    if image is None or facts.status != "ok":
        raise ImageFileError(f"The content cannot be decoded: {facts.status}.")
    with image:
        return _pixels_of(image, color_mode)


def read_image(path: PathLike, color_mode: ColorMode = "rgb") -> NDArray[np.uint8]:
    """Read the pixels of a file, or raise an error that names it. See `decode_image()`."""
    try:
        return decode_image(Path(path).expanduser().read_bytes(), color_mode)
    except ImageFileError as error:
        status = error.message.rpartition(": ")[2]
        raise ImageFileError(f"{os.fspath(path)!r} cannot be read as an image: {status}") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ImageFileError(f"{os.fspath(path)!r} cannot be read: {reason}.") from error


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


def _decode_jpeg(content: bytes, color_mode: str) -> NDArray[np.uint8] | None:
    """Decode an ordinary JPEG by OpenCV; None where Pillow must look: four colours, a missing end, damage."""
    if ends_early(content, "jpeg", is_damaged=False):
        return None
    channels, pixels_declared, exif = _jpeg_header(content)
    if channels not in (1, 3) or pixels_declared > PIXELS_MAX:
        return None
    flag, conversion = _READERS[color_mode]
    pixels: Any = cv2.imdecode(np.frombuffer(content, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        return None
    pixels = pixels[:, :, None] if conversion is None else cv2.cvtColor(pixels, conversion)
    if exif is None:
        return pixels  # type: ignore[no-any-return]
    return _turned(pixels, _exif_orientation(exif))


def _jpeg_header(content: bytes) -> tuple[int, int, bytes | None]:
    """Give the number of channels (0 where it is not found), of pixels, and the EXIF data of a JPEG."""
    position, exif = 2, None
    while position + 10 < len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        length = int.from_bytes(content[position + 2 : position + 4], "big")
        if marker == 0xE1 and exif is None and content[position + 4 : position + 10] == b"Exif\0\0":
            exif = content[position + 4 : position + 2 + length]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", content, position + 5)
            return content[position + 9], height * width, exif
        position += 2 + length
    return 0, 0, exif


def _exif_orientation(data: bytes) -> int:
    exif = Image.Exif()
    try:
        exif.load(data)
        value = exif.get(_ORIENTATION, 1)
    except Exception:  # As in `_orientation()`.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1
