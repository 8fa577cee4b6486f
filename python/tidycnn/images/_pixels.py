"""From a picture of Pillow's to pixels: 8 bits a channel, the channels wanted, turned as its EXIF data say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from tidycnn.images._headers import jpeg_head

Pixels: TypeAlias = NDArray[np.uint8]

CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}
_MODES = {"rgb": "RGB", "rgba": "RGBA", "grayscale": "L"}
_ORIENTATION = 0x0112
# Pillow's modes that have a plain meaning in 8 bits; floating and 32 bit pixels have none.
_DECODABLE = {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV"}
# A larger picture becomes an array part by part, so that it is not held several times.
_PIXELS_AT_ONCE = 1 << 18
# What each orientation does; OpenCV copies block by block, in a fifth of NumPy's time.
_TURNS: dict[int, Callable[[Pixels], Any]] = {
    2: lambda pixels: cv2.flip(pixels, 1),
    3: lambda pixels: cv2.flip(pixels, -1),
    4: lambda pixels: cv2.flip(pixels, 0),
    5: cv2.transpose,
    6: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
    7: lambda pixels: cv2.flip(cv2.transpose(pixels), -1),
    8: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def is_decodable(image: Image.Image) -> bool:
    """Whether the pixels of a picture have a meaning in 8 bits."""
    return image.mode in _DECODABLE or has_16_bits(image)


def has_16_bits(image: Image.Image) -> bool:
    """Whether a picture is grey in 16 bits."""
    # Pillow spells 16 bit grey in PNG and PPM as 32 bit integers in some versions.
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM"))


def orientation_of(image: Image.Image) -> int:
    """Give the orientation that the EXIF data of a picture say, 1 where there is none."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # EXIF data are damaged in more ways than Pillow names; the pixels are not.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def jpeg_orientation(content: bytes) -> int:
    """Give the orientation that the EXIF data of a JPEG say, 1 where there is none."""
    start, end = jpeg_head(content).exif
    exif = Image.Exif()
    try:
        exif.load(content[start:end])
        value = exif.get(_ORIENTATION, 1)
    except Exception:  # As in `orientation_of()`.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def turn_of(orientation: int, name: str | None, *, exif: bool) -> int:
    """Give the turn that a loaded picture lacks: Pillow has turned a TIFF already, which is undone by the inverse."""
    if name == "tiff":
        return 1 if exif else {6: 8, 8: 6}.get(orientation, orientation)
    return orientation if exif else 1


def turned(pixels: Pixels, orientation: int) -> Pixels:
    """Turn and flip pixels as an orientation says."""
    if orientation == 1:
        return pixels
    height, width, channels = pixels.shape
    shape = (width, height, channels) if orientation >= 5 else pixels.shape
    seen: Pixels = _TURNS[orientation](pixels).reshape(shape)  # OpenCV drops a single channel.
    return seen


def pixels_of(image: Image.Image, color_mode: str, orientation: int = 1) -> Pixels:
    """Give the pixels of a picture, turned as `orientation` says, as an array of shape (height, width, channels)."""
    width, height = image.size
    if width * height <= _PIXELS_AT_ONCE:
        return turned(_converted(image, color_mode), orientation)
    pixels = np.empty((height, width, CHANNELS[color_mode]), dtype=np.uint8)
    step = max(1, _PIXELS_AT_ONCE // width)
    for top in range(0, height, step):
        part = image.crop((0, top, width, min(top + step, height)))
        pixels[top : top + step] = _converted(part, color_mode)
    return turned(pixels, orientation)


def _converted(image: Image.Image, color_mode: str) -> Pixels:
    plain = _in_8_bits(image)
    if plain.mode in ("P", "PA", "La", "RGBa"):
        plain = plain.convert("RGBA")
    pixels = np.asarray(plain.convert(_MODES[color_mode]), dtype=np.uint8)
    return pixels.reshape(*pixels.shape[:2], -1)


def _in_8_bits(image: Image.Image) -> Image.Image:
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image).astype(np.uint32) // 257).astype(np.uint8))


def scaled_ppm(content: bytes, image: ImageFile.ImageFile) -> Image.Image | None:
    """Decode a PPM whose levels do not end at 255, which takes Pillow a microsecond a pixel; None if it is no such."""
    settings: Any
    coding, _, offset, settings = image.tile[0]
    if coding != "ppm":
        return None
    most, bands = settings[-1], len(image.getbands())
    kind: Any = np.dtype(">u2" if most > 255 else "u1")
    n = image.width * image.height * bands
    if len(content) - offset < n * kind.itemsize:
        raise EOFError("truncated")
    full, kept = (65535, np.uint16) if image.mode == "I" else (255, np.uint8)
    scale = np.minimum(np.rint(np.arange(1 << 8 * kind.itemsize) / most * full), full).astype(kept)
    levels = np.frombuffer(content, kind, n, offset)
    pixels = np.empty(n, dtype=kept)
    for start in range(0, n, _PIXELS_AT_ONCE):
        pixels[start : start + _PIXELS_AT_ONCE] = scale[levels[start : start + _PIXELS_AT_ONCE]]
    return Image.fromarray(pixels.reshape(image.height, image.width, *([bands] if bands > 1 else [])))
