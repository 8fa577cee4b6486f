"""The only opener of image files: what a content is, and its pixels.

Concerns kept apart: this module sees bytes of one file at a time; which files there are is `table`'s business, and
what becomes of the pixels is that of `flow`. What `probe_image()` finds `ok` is decoded by `decode_image()`: whatever
its fast way cannot do falls back to the way of `probe_image()`.
"""

from __future__ import annotations

import io
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import PIL
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageFile

from tidycnn.core.checks import check_choice
from tidycnn.core.errors import ImageFileError
from tidycnn.core.types import ColorMode, PathLike
from tidycnn.images._ends import ends_early
from tidycnn.images._formats import DECODED, sniff_format
from tidycnn.images._headers import bare_boxes, bare_png
from tidycnn.images._pixels import (
    CHANNELS,
    is_decodable,
    jpeg_orientation,
    orientation_of,
    pixels_of,
    scaled_ppm,
    turn_of,
    turned,
)
from tidycnn.images._reading import read_file
from tidycnn.images._room import ROOM
from tidycnn.images._work import PER_PIXEL, Work, allowed_work, work_of

STATUSES = ("ok", "truncated", "not an image", "empty", "unsupported format", "too large", "unreadable")
PIXELS_MAX = 178_956_970
_COLOUR_SPACES = {"rgb": "RGB", "rgba": "RGBA", "grayscale": "GRAY"}
_PLAIN_JPEG = {"YCbCr", "Gray", "RGB"}
# A JPEG is decoded to a half, a quarter or an eighth of its width and height at less cost, averaging its pixels.
_REDUCTIONS = (8, 4, 2)
# Where the marker of a progressive JPEG begins, if it matters here.
_PROGRESSIVE_REACH = 65_536
# Texts, profiles and what lies behind a picture may be damaged, or more than Pillow takes; the pixels are not.
_BARE = {"png": bare_png, "jpeg2000": bare_boxes, "avif": bare_boxes}
# Nothing is refused for its size or its work.
_UNLIMITED = Work(0, 0)

Image.init()


@dataclass(frozen=True)
class Facts:
    """What is known of the content of a file; sizes are those of the picture as it is meant to be seen.

    `orientation` is what EXIF data say of the picture as it is stored: 1 as it is seen, 2 to 8 turned or mirrored.
    """

    status: str
    format: str | None = None
    width: int | None = None
    height: int | None = None
    mode: str | None = None
    work: int = 0
    orientation: int | None = None


def probe_image(content: bytes, pixels_max: int = PIXELS_MAX) -> Facts:
    """Decode a content completely and say what it is; never raises.

    An image that declares more than `pixels_max` pixels, or asks for more time or memory than so many pixels may, is
    found `too large` before it is decoded.
    """
    with ROOM:
        facts = _probe_jpeg(content, pixels_max) if content.startswith(b"\xff\xd8\xff") else None
        if facts is not None:
            return facts
        facts, image = _load(content, pixels_max, has_pixels=False)
        if image is not None:
            image.close()
        return facts


def decode_image(
    content: bytes,
    color_mode: ColorMode = "rgb",
    *,
    exif: bool = True,
    least_size: tuple[int, int] | None = None,
    pixels_max: int | None = PIXELS_MAX,
) -> NDArray[np.uint8]:
    """Decode a content to pixels.

    The picture is turned as its EXIF data say, or left as it is stored where `exif` is False. 16 bits a channel become
    8 by scaling the whole range, transparency is dropped except where `color_mode` is `"rgba"`, and of several pictures
    in one file the first is taken. Where height and width of `least_size` are enough, a JPEG is reduced by
    `reduction_of()` while it is decoded. None for `pixels_max` refuses nothing for its size.

    Returns
    -------
    An array of shape (height, width, channels) of whole numbers 0 to 255, in the order red, green, blue, alpha.
    """
    check_choice(color_mode, "color_mode", CHANNELS)
    with ROOM:
        is_jpeg = content.startswith(b"\xff\xd8\xff")
        orientation = jpeg_orientation(content) if is_jpeg and exif else 1
        if least_size is not None and orientation >= 5:
            least_size = least_size[::-1]
        pixels = _decode_jpeg(content, color_mode, least_size, pixels_max) if is_jpeg else None
        if pixels is not None:
            return turned(pixels, orientation)
        status, pixels = _decode_slowly(content, color_mode, pixels_max, least_size, exif=exif)
        if pixels is None and least_size is not None and is_jpeg:
            status, pixels = _decode_slowly(content, color_mode, pixels_max, exif=exif)
    if pixels is None:
        raise ImageFileError(f"The content cannot be decoded: {status}.")
    return pixels


def decoder_versions() -> str:
    """Spell the versions of the libraries that decide the pixels."""
    return f"simplejpeg {simplejpeg.__version__}, Pillow {PIL.__version__}"


def reduction_of(height: int, width: int, least_size: tuple[int, int] | None) -> int:
    """Give by what a JPEG is divided that must keep at least the height and width of `least_size`."""
    if least_size is None:
        return 1
    fits = (k for k in _REDUCTIONS if -(-height // k) >= least_size[0] and -(-width // k) >= least_size[1])
    return next(fits, 1)


def releasing_room() -> AbstractContextManager[None]:
    """Hold the room that large pictures take in memory until the end of the block, and not longer."""
    return ROOM


def read_content(path: PathLike, pixels_max: int | None = PIXELS_MAX) -> bytes:
    """Read the bytes of a file, or raise an error that names it; None for `pixels_max` refuses no size."""
    try:
        _, content, is_complete = read_file(path, pixels_max)
    except (OSError, ValueError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "memory is short"
        raise ImageFileError(f"{os.fspath(path)!r} cannot be read: {reason.lower()}.") from error
    if not is_complete:
        status = "not an image" if sniff_format(content) is None else "too large"
        raise ImageFileError(f"{os.fspath(path)!r} cannot be read as an image: {status}.")
    return content


def decode_file(
    content: bytes,
    path: PathLike,
    color_mode: ColorMode = "rgb",
    *,
    exif: bool = True,
    least_size: tuple[int, int] | None = None,
    pixels_max: int | None = PIXELS_MAX,
) -> NDArray[np.uint8]:
    """Decode the content of a file, or raise an error that names it. See `decode_image()`."""
    try:
        return decode_image(content, color_mode, exif=exif, least_size=least_size, pixels_max=pixels_max)
    except ImageFileError as error:
        status = error.message.rpartition(": ")[2]
        raise ImageFileError(f"{os.fspath(path)!r} cannot be read as an image: {status}") from None


def read_image(path: PathLike, color_mode: ColorMode = "rgb") -> NDArray[np.uint8]:
    """Read the pixels of a file, or raise an error that names it. See `decode_image()`."""
    return decode_file(read_content(path), path, color_mode)


def _load(
    content: bytes, pixels_max: int | None, *, has_pixels: bool, least_size: tuple[int, int] | None = None
) -> tuple[Facts, Image.Image | None]:
    """Say what a content is, and give the decoded picture where it is `ok` (coarse where not `has_pixels`)."""
    if not content:
        return Facts("empty"), None
    name = sniff_format(content)
    if name is None:
        return Facts("not an image"), None
    if DECODED.get(name) not in Image.OPEN:
        return Facts("unsupported format", name), None
    facts, image = _open(content, name, pixels_max, has_pixels=has_pixels, least_size=least_size)
    if name in _BARE and facts.status in ("truncated", "unreadable"):
        bare = _BARE[name](content)
        found = _open(bare, name, pixels_max, has_pixels=has_pixels) if len(bare) < len(content) else (facts, None)
        return found if found[0].status == "ok" else (facts, None)
    return facts, image


def _open(
    content: bytes,
    name: str,
    pixels_max: int | None,
    *,
    has_pixels: bool,
    least_size: tuple[int, int] | None = None,
) -> tuple[Facts, Image.Image | None]:
    asked = _UNLIMITED if pixels_max is None else work_of(content, name)
    if pixels_max is not None and asked.fixed > allowed_work(pixels_max):
        return Facts("too large", name, work=round(asked.fixed)), None
    try:
        # Pillow's own `Image.open()` tries every format, and its limit of pixels is a global of the whole process.
        image = Image.OPEN[DECODED[name]][0](io.BytesIO(content), "")
    except Exception as error:
        return Facts(_failure(error, content, name), name), None
    (width, height), mode = image.size, image.mode
    # Of a TIFF it is asked before Pillow turns it while loading.
    orientation = jpeg_orientation(content) if name == "jpeg" else orientation_of(image) if name == "tiff" else 1
    work = asked.of(width * height)
    known = (name, width, height, mode, work)
    if pixels_max is not None and (width * height > pixels_max or work > allowed_work(pixels_max)):
        return Facts("too large", *known), None
    if not is_decodable(image):
        return Facts("unsupported format", *known), None
    try:
        decoded = _decoded(image, content, name, asked, least_size, is_coarse=not has_pixels)
    except Exception as error:
        return Facts(_failure(error, content, name), *known), None
    if ends_early(content, name, is_damaged=False):
        return Facts("truncated", *known), None
    if name == "tiff":
        width, height = decoded.size
    else:
        orientation = orientation if name == "jpeg" else orientation_of(decoded)
        width, height = (height, width) if orientation >= 5 else (width, height)
    return Facts("ok", name, width, height, mode, work, orientation), decoded


def _decoded(
    image: ImageFile.ImageFile,
    content: bytes,
    name: str,
    asked: Work,
    least_size: tuple[int, int] | None,
    *,
    is_coarse: bool,
) -> Image.Image:
    """Let Pillow decode a picture, of a JPEG perhaps fewer pixels, no fewer than `least_size` of it as it is stored."""
    width, height = image.size
    if is_coarse and asked.is_plain:  # As in `_probe_jpeg()`.
        image.draft("L", (1, 1))
    elif least_size is not None and name == "jpeg":
        k = reduction_of(height, width, least_size)
        image.draft(None, (width // k, height // k))
    # Of several scans all are held before the first pixel is computed.
    held = image.width * image.height if asked.per_pixel <= 1 else width * height
    ROOM.take(held * PER_PIXEL.get(name, 1))
    scaled = scaled_ppm(content, image) if name == "ppm" else None
    if scaled is None:
        image.load()
    return scaled or image


def _failure(error: Exception, content: bytes, name: str) -> str:
    if isinstance(error, MemoryError):
        return "too large"
    text = str(error).lower()
    is_short = any(word in text for word in ("truncated", "buffer of", "eof", "expected to read", "missing dimensions"))
    return "truncated" if is_short or ends_early(content, name, is_damaged=True) else "unreadable"


def _decode_slowly(
    content: bytes,
    color_mode: str,
    pixels_max: int | None,
    least_size: tuple[int, int] | None = None,
    *,
    exif: bool,
) -> tuple[str, NDArray[np.uint8] | None]:
    """Decode a content by Pillow, or say what is wrong with it."""
    facts, image = _load(content, pixels_max, has_pixels=True, least_size=least_size)
    if image is None:
        return facts.status, None
    turn = turn_of(facts.orientation or 1, facts.format, exif=exif)
    try:
        with image:
            return facts.status, pixels_of(image, color_mode, turn)
    except Exception as error:
        return _failure(error, content, str(facts.format)), None


def _probe_jpeg(content: bytes, pixels_max: int) -> Facts | None:
    """Say what an ordinary JPEG is, by decoding it as `decode_image()` does; None where Pillow must look."""
    head = _ordinary_jpeg(content)
    if head is None:
        return None
    height, width, colours = head
    orientation, asked = jpeg_orientation(content), work_of(content, "jpeg")
    work, seen = asked.of(height * width), (height, width) if orientation >= 5 else (width, height)
    is_too_large = height * width > pixels_max or work > allowed_work(pixels_max)
    # It is read to its end, but if every library can do so, only an eighth of its height and width is computed.
    if not is_too_large and _by_turbo(content, "rgb", height, width, 8 if asked.is_plain else 1) is None:
        return None
    mode = "L" if colours == "Gray" else "RGB"
    return Facts("too large" if is_too_large else "ok", "jpeg", *seen, mode, work, orientation)


def _decode_jpeg(
    content: bytes, color_mode: str, least_size: tuple[int, int] | None, pixels_max: int | None
) -> NDArray[np.uint8] | None:
    """Decode an ordinary JPEG as it is stored, by libjpeg-turbo; None where Pillow must look: four colours, damage."""
    head = _ordinary_jpeg(content)
    if head is None or not _is_allowed(content, head[0] * head[1], pixels_max):
        return None
    height, width, _ = head
    return _by_turbo(content, color_mode, height, width, reduction_of(height, width, least_size))


def _ordinary_jpeg(content: bytes) -> tuple[int, int, str] | None:
    """Give height, width and colours of a JPEG that is no matter for Pillow."""
    if ends_early(content, "jpeg", is_damaged=False):
        return None
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(content)
    except Exception:  # It knows fewer samplings than there are, and says so in several ways.
        return None
    return (height, width, colours) if colours in _PLAIN_JPEG else None


def _by_turbo(content: bytes, color_mode: str, height: int, width: int, k: int) -> NDArray[np.uint8] | None:
    """Decode a JPEG by libjpeg-turbo to the k-th part of its height and width; None where it is damaged."""
    ROOM.take(height * width // (1 if _is_progressive(content) else k * k))
    least = {"min_height": -(-height // k), "min_width": -(-width // k)} if k > 1 else {}
    try:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(content, _COLOUR_SPACES[color_mode], **least)
    except Exception:  # As in `_ordinary_jpeg()`.
        return None
    return pixels


def _is_allowed(content: bytes, pixels: int, pixels_max: int | None) -> bool:
    if pixels_max is None:
        return True
    return pixels <= pixels_max and work_of(content, "jpeg").of(pixels) <= allowed_work(pixels_max)


def _is_progressive(content: bytes) -> bool:
    # All scans are then held before the first pixel is computed.
    return content.find(b"\xff\xc2", 0, _PROGRESSIVE_REACH) >= 0
