"""How much time and memory a content asks for, told from its headers alone.

The unit is what a pixel of an ordinary picture takes, about 20 nanoseconds and 8 bytes, or 4 bytes of a file that are
read. The factors were measured, and are those of the worst content that could be made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tidycnn.images._headers import (
    TiffTag,
    gif_blocks,
    jpeg2000_head,
    jpeg_head,
    jpeg_pixels,
    png_chunks,
    tiff_tags,
    tiff_values,
)

# Less than this is never too much, whatever is allowed.
WORK_ALWAYS = 1 << 24
_BYTES_A_PIXEL = 4
_PART = 400  # A part of a file that Pillow looks at by itself; so many as are counted at most are too many.
_JUNK = 100  # A byte between the parts of a JPEG.
_SCAN = 1 / 16  # A pixel in one more scan of a JPEG.
_STRIP = 500  # A strip or tile of a TIFF.
_TILE = 2000  # A tile of a JPEG 2000.
_BLOCK = 200  # A block of pixels of a JPEG 2000.
_RUN = 20  # A byte of a BMP that is coded in runs.
_IN_RUNS = 8  # A pixel of such a BMP.
_LETTER = 10  # A byte of a PPM that is written as text.
_COMMENT = 3000  # A comment in such a PPM.
_JPEG_COMPRESSIONS = {6, 7}
_PLAIN_SAMPLING = {((1, 1),), *((luma, (1, 1), (1, 1)) for luma in ((1, 1), (2, 1), (1, 2), (2, 2)))}
# Formats whose libraries hold a picture several times.
PER_PIXEL = {"webp": 2.5, "avif": 2.0, "jpeg2000": 3.0}


class Work(NamedTuple):
    """What a content asks for: whatever its size in pixels is, and for each of them.

    `is_plain` says that it is a JPEG of which every library can make a picture of any size, and of any colours out of
    the brightness alone.
    """

    fixed: float
    per_pixel: float = 1.0
    is_plain: bool = False

    def of(self, pixels: int) -> int:
        """Give what a picture of so many pixels asks for."""
        return round(self.fixed + self.per_pixel * pixels)


def allowed_work(pixels_max: int) -> int:
    """Give how much may be asked for where so many pixels are allowed."""
    return max(pixels_max, WORK_ALWAYS)


def file_work(size: int) -> int:
    """Give what holding a file of `size` bytes asks for."""
    return size // _BYTES_A_PIXEL


def work_of(content: bytes, name: str) -> Work:
    """Tell what decoding a content of the format `name` asks for."""
    fixed, per_pixel, is_plain = _RULES[name](content)
    return Work(fixed + file_work(len(content)), per_pixel, is_plain)


def _jpeg_work(content: bytes) -> Work:
    head = jpeg_head(content)
    fixed, is_plain = _PART * head.segments + _JUNK * head.junk, head.sampling in _PLAIN_SAMPLING
    if content.find(b"\xff\xda", max(head.pixels_at, 0)) < 0:
        return Work(fixed, 1, is_plain)
    scans, end = jpeg_pixels(content, head.pixels_at)
    if scans == 1:
        return Work(fixed, 1, is_plain)
    return Work(fixed + 2 * (len(content) if end < 0 else end), 1 + scans * _SCAN, is_plain)


def _png_work(content: bytes) -> Work:
    return Work(_PART * sum(1 for _ in png_chunks(content)))


def _gif_work(content: bytes) -> Work:
    pieces = 0
    for kind, n in gif_blocks(content):
        pieces += n
        if kind == ord(","):  # Only the first picture is decoded.
            break
    return Work(_PART * pieces)


def _bmp_work(content: bytes) -> Work:
    is_run_length = content[30:34] in (b"\1\0\0\0", b"\2\0\0\0")
    return Work(_RUN * len(content), _IN_RUNS) if is_run_length else Work(0)


def _ppm_work(content: bytes) -> Work:
    is_text = content[1:2] in b"123"
    return Work(_LETTER * len(content) + _COMMENT * content.count(b"#") if is_text else 0)


def _tiff_work(content: bytes) -> Work:
    tags = tiff_tags(content) or {}

    def first(number: int, default: int) -> int:
        return next(iter(tiff_values(content, tags.get(number))), default)

    parts = max((tags[number].n for number in (273, 324) if number in tags), default=1)
    samples = first(277, 1) * -(-first(258, 1) // 8)
    width, height = first(256, 0), first(257, 0)
    part = first(322, width) * (first(323, height) if 323 in tags else min(first(278, height), height))
    is_raw = first(259, 1) == 1
    fixed = _STRIP * parts + (0 if is_raw else part * samples / 8)
    fixed += file_work(sum(tag.end - tag.start for tag in tags.values()))
    scans = _scans_a_part(content, tags, parts) if first(259, 1) in _JPEG_COMPRESSIONS else 0
    return Work(fixed, max(1, samples / 4) + scans * _SCAN)


def _scans_a_part(content: bytes, tags: dict[int, TiffTag], parts: int) -> float:
    """Tell how many scans each part of a TIFF of JPEGs has, or may have where the parts share their bytes."""
    scans = content.count(b"\xff\xda")
    sizes = tiff_values(content, tags.get(279) or tags.get(325))
    return scans if sum(sizes) > len(content) or len(sizes) < parts else scans / max(1, parts)


def _jpeg2000_work(content: bytes) -> Work:
    head = jpeg2000_head(content)
    if head is None:
        return Work(4 * len(content), PER_PIXEL["jpeg2000"])
    return Work(4 * len(content) + _TILE * head.tiles, PER_PIXEL["jpeg2000"] + _BLOCK / head.block)


_RULES: dict[str, Callable[[bytes], Work]] = {
    "jpeg": _jpeg_work,
    "png": _png_work,
    "gif": _gif_work,
    "bmp": _bmp_work,
    "ppm": _ppm_work,
    "tiff": _tiff_work,
    "jpeg2000": _jpeg2000_work,
    "webp": lambda content: Work(2 * len(content), PER_PIXEL["webp"]),
    "avif": lambda content: Work(3 * len(content), PER_PIXEL["avif"]),
}
