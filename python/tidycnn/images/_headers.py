"""What the headers of a content say, read without decoding.

A hostile content may have millions of parts, so every walk gives up after `PARTS_MAX` of them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

PARTS_MAX = 500_000

# The parts of a PNG that its pixels, and their turn, depend on.
_PNG_NEEDED = {b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND"}
_JPEG_MARKER = re.compile(rb"\xff[\x01-\xfe]")
# Inside of coded pixels: neither an escaped 0xff nor the marker of a restart.
_JPEG_MARKER_IN_PIXELS = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
# Markers of which libraries skip no length: reserved ones, restarts, the start.
_JPEG_BARE = {*range(0x01, 0xC0), 0xC8, *range(0xD0, 0xD9), *range(0xF0, 0xFE)}
_TIFF_SIZES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_TIFF_WHOLES = {1: "u1", 3: "u2", 4: "u4", 16: "u8"}


class JpegHead(NamedTuple):
    """What stands before the coded pixels of a JPEG, and where they begin (-1 where there are none).

    `sampling` has the horizontal and vertical factor of each colour; `junk` counts bytes that belong to nothing; `exif`
    is where EXIF data begin and end, both 0 where there are none.
    """

    segments: int
    junk: int
    sampling: tuple[tuple[int, int], ...]
    pixels_at: int
    exif: tuple[int, int] = (0, 0)


def jpeg_head(content: bytes) -> JpegHead:
    """Walk over the segments of a JPEG up to its first scan."""
    position, segments, junk, exif = 2, 0, 0, (0, 0)
    sampling: tuple[tuple[int, int], ...] = ()
    while segments < PARTS_MAX and (found := _JPEG_MARKER.search(content, position)):
        junk += found.start() - position
        position, segments = found.end(), segments + 1
        marker = content[position - 1]
        if marker in (0xD8, 0xD9):  # Another picture begins, or this one ends.
            break
        if marker in _JPEG_BARE:
            continue
        length = int.from_bytes(content[position : position + 2], "big")
        if marker in _JPEG_FRAMES:
            factors = content[position + 9 : position + length : 3]
            sampling = tuple([(factor >> 4, factor & 15) for factor in factors])
        if marker == 0xE1 and exif == (0, 0) and content.startswith(b"Exif\0\0", position + 2):
            exif = position + 2, position + length
        position += max(2, length)
        if marker == 0xDA:
            return JpegHead(segments, junk, sampling, position, exif)
    return JpegHead(segments, junk + max(0, len(content) - position), sampling, -1, exif)


class JpegPixels(NamedTuple):
    """In how many scans the pixels of a JPEG are coded, and where they end (-1 where they do not)."""

    scans: int
    end: int


def jpeg_pixels(content: bytes, start: int) -> JpegPixels:
    """Walk over the coded pixels of a JPEG, which begin at `start`; what lies behind their end is not looked at."""
    scans, position = 1, start
    for _ in range(PARTS_MAX if start >= 0 else 0):
        found = _JPEG_MARKER_IN_PIXELS.search(content, position)
        if found is None or found.group() == b"\xff\xd8":  # Another picture begins before this one has ended.
            break
        position = found.end()
        if found.group() == b"\xff\xd9":
            return JpegPixels(scans, position)
        scans += found.group() == b"\xff\xda"
        if content[position - 1] not in _JPEG_BARE:
            position += int.from_bytes(content[position : position + 2], "big")
    return JpegPixels(scans, -1)


def png_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Give the kind, start and end of each part of a PNG that is there, up to its end."""
    position = 8
    for _ in range(PARTS_MAX):
        kind = content[position + 4 : position + 8]
        end = position + 12 + int.from_bytes(content[position : position + 4], "big")
        if len(kind) < 4 or end > len(content):
            return
        yield kind, position, end
        if kind == b"IEND":
            return
        position = end


def bare_png(content: bytes) -> bytes:
    """Leave out of a PNG what its pixels do not depend on: texts, profiles, further pictures."""
    parts = [content[start:end] for kind, start, end in png_chunks(content) if kind in _PNG_NEEDED]
    return b"".join([content[:8], *parts])


def bare_boxes(content: bytes) -> bytes:
    """Leave out of a JPEG 2000 or an AVIF what lies behind its boxes, such as a film, which begins like a file."""
    position, kinds = 0, []
    for _ in range(PARTS_MAX):
        size, kind = int.from_bytes(content[position : position + 4], "big"), content[position + 4 : position + 8]
        if kind == b"ftyp" and kind in kinds:
            return content[:position]
        if size < 8 or position + size >= len(content):  # The last box, or one that takes 8 bytes for its size.
            break
        kinds.append(kind)
        position += size
    return content


def gif_blocks(content: bytes) -> Iterator[tuple[int, int]]:
    """Give the kind of each block of a GIF, and of how many pieces it is, up to the end of the file."""
    position, seen = 13 + _gif_palette(content, 10), 0
    while position < len(content) and seen < PARTS_MAX:
        kind, pieces = content[position], 0
        if kind == ord("!"):
            position += 2
        elif kind == ord(","):
            position += 11 + _gif_palette(content, position + 9)
        else:
            yield kind, 1
            if kind == ord(";"):
                return
            position, seen = position + 1, seen + 1
            continue
        while position < len(content) and content[position] and pieces < PARTS_MAX:
            position, pieces = position + 1 + content[position], pieces + 1
        position, seen = position + 1, seen + 1 + pieces
        yield kind, 1 + pieces


def _gif_palette(content: bytes, position: int) -> int:
    flags = content[position] if position < len(content) else 0
    return 3 << (flags & 7) + 1 if flags & 128 else 0


class TiffTag(NamedTuple):
    """The values of a tag of a TIFF: their kind, how many, where they begin."""

    kind: int
    n: int
    start: int

    @property
    def end(self) -> int:
        """Where the values end."""
        return self.start + self.n * _TIFF_SIZES.get(self.kind, 1)


def tiff_tags(content: bytes) -> dict[int, TiffTag] | None:
    """Give the tags of the first picture of a TIFF; None where the content stops inside of them."""
    order = _tiff_order(content)
    is_big = content[2:4] in (b"\x2b\0", b"\0\x2b")
    # The number of tags; a tag; how many bytes its values may take in the place of their position.
    many, entry, inside = ("Q", "HHQ", 8) if is_big else ("H", "HHI", 4)
    try:
        (start,) = struct.unpack_from(order + ("Q" if is_big else "I"), content, 8 if is_big else 4)
        (n,) = struct.unpack_from(order + many, content, start)
        start += struct.calcsize(order + many)
        size = struct.calcsize(order + entry)
        tags = {}
        for position in range(start, start + (size + inside) * min(n, PARTS_MAX), size + inside):
            number, kind, values = struct.unpack_from(order + entry, content, position)
            tags[number] = tag = TiffTag(kind, values, position + size)
            if tag.end > tag.start + inside:
                (place,) = struct.unpack_from(order + ("Q" if is_big else "I"), content, position + size)
                tags[number] = tag._replace(start=place)
    except struct.error:
        return None
    return tags


def tiff_values(content: bytes, tag: TiffTag | None) -> list[int]:
    """Give the whole numbers of a tag, as many of them as are there."""
    if tag is None or tag.kind not in _TIFF_WHOLES:
        return []
    kind = np.dtype(_tiff_order(content) + _TIFF_WHOLES[tag.kind])
    present = max(0, min(tag.n, (len(content) - tag.start) // kind.itemsize))
    values: list[int] = np.frombuffer(content, kind, present, tag.start if present else 0).tolist()
    return values


def _tiff_order(content: bytes) -> str:
    return "<" if content[:2] == b"II" else ">"


class Jpeg2000Head(NamedTuple):
    """In how many tiles, and in how small blocks of pixels, a JPEG 2000 is coded."""

    tiles: int
    block: int


def jpeg2000_head(content: bytes) -> Jpeg2000Head | None:
    """Read how a JPEG 2000 is coded, as a whole and in each of its tiles; None where that cannot be read."""
    start = content.find(b"\xff\x4f\xff\x51")
    try:
        x1, y1, _, _, tile_width, tile_height, x0, y0 = struct.unpack_from(">8I", content, start + 8)
        (length,) = struct.unpack_from(">H", content, start + 4)
        tiles = -(-(x1 - x0) // tile_width) * -(-(y1 - y0) // tile_height)
        blocks, position = _coded_blocks(content, start + 4 + length, b"\xff\x90")
        for _ in range(PARTS_MAX):
            if content[position : position + 2] != b"\xff\x90":
                break
            (size,) = struct.unpack_from(">I", content, position + 6)
            blocks += _coded_blocks(content, position + 12, b"\xff\x93")[0]
            position += size or len(content)
    except (struct.error, ZeroDivisionError, IndexError):
        return None
    return Jpeg2000Head(tiles, min(blocks)) if start >= 0 and blocks else None


def _coded_blocks(content: bytes, position: int, end: bytes) -> tuple[list[int], int]:
    """Give the smallest blocks that the segments from `position` on allow, and where the marker `end` stands."""
    blocks = []
    for _ in range(PARTS_MAX):
        marker = content[position : position + 2]
        if marker == end or len(marker) < 2:
            break
        length = int.from_bytes(content[position + 2 : position + 4], "big")
        segment = content[position + 4 : position + 2 + length]
        if marker == b"\xff\x52":
            blocks.append(_smallest_block(segment[5:], has_precincts=bool(segment[0] & 1)))
        elif marker == b"\xff\x53":
            blocks.append(_smallest_block(segment[2:], has_precincts=bool(segment[1] & 1)))
        position += 2 + max(2, length)
    return blocks, position


def _smallest_block(coding: bytes, *, has_precincts: bool) -> int:
    """Give the pixels of the smallest block: levels, width and height of blocks, transform, then precincts."""
    width, height = (coding[1] & 15) + 2, (coding[2] & 15) + 2
    precincts = coding[5:] if has_precincts else b""
    least_width = min([width, *(max(0, (size & 15) - 1) for size in precincts)])
    least_height = min([height, *(max(0, (size >> 4) - 1) for size in precincts)])
    return int(1 << least_width << least_height)
