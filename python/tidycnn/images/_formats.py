"""Which format a content has, told from its first bytes and never from a file's suffix."""

from __future__ import annotations

import re
import struct

HEAD = 4096  # Bytes that are enough to tell a format.

# Formats that are decoded, with Pillow's name of each.
DECODED = {
    "jpeg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "bmp": "BMP",
    "tiff": "TIFF",
    "webp": "WEBP",
    "ppm": "PPM",
    "jpeg2000": "JPEG2000",
    "avif": "AVIF",
}

_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_SIGNATURES: tuple[tuple[str, re.Pattern[bytes]], ...] = tuple(
    (name, re.compile(pattern, re.DOTALL))
    for name, pattern in (
        ("jpeg", rb"\xff\xd8\xff"),
        ("png", rb"\x89PNG\r\n\x1a\n"),
        ("gif", rb"GIF8[79]a"),
        ("webp", rb"RIFF.{4}WEBP"),
        ("cr2", rb"II\*\0.{4}CR"),
        ("tiff", rb"II\*\0|MM\0\*|II\+\0|MM\0\+"),
        ("jpeg2000", rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"),
        ("avif", rb".{4}ftypavi[fs]"),
        ("heic", rb".{4}ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1)"),
        ("ppm", rb"P[1-6]\s+(?:#[^\n]*\n\s*)*\d"),
        ("psd", rb"8BPS"),
        ("ico", rb"\0\0[\1\2]\0[^\0]\0"),
        ("jpeg-xl", rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n"),
        ("openexr", rb"\x76\x2f\x31\x01"),
        ("dicom", rb".{128}DICM"),
        ("hdr", rb"#\?(?:RADIANCE|RGBE)"),
        ("dds", rb"DDS \x7c"),
        ("xcf", rb"gimp xcf"),
        ("qoi", rb"qoif"),
        ("fits", rb"SIMPLE  ="),
        ("eps", rb"%!PS-Adobe.{1,40}EPSF"),
        ("svg", rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml.*?)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE svg.*?)?<svg[\s>]"),
    )
)


def sniff_format(content: bytes) -> str | None:
    """Tell the format of an image from its first bytes, None where it is no image."""
    head = content[:HEAD]
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    return next((name for name, pattern in _SIGNATURES if pattern.match(head)), None)


def ends_early(content: bytes, name: str, *, is_damaged: bool) -> bool:
    """Tell whether a content stops before the end that its format announces.

    Some formats may lack their end and yet be whole: they are asked only where decoding failed, `is_damaged`.
    """
    rule = _ENDS.get(name) or (_ENDS_IF_DAMAGED.get(name) if is_damaged else None)
    return rule is not None and rule(content)


def _jpeg_ends_early(content: bytes) -> bool:
    # Marker bytes cannot occur inside coded pixels: the end marker must follow the last start of pixels.
    return not content.endswith(b"\xff\xd9") and content.rfind(b"\xff\xd9") <= content.rfind(b"\xff\xda")


def _png_ends_early(content: bytes) -> bool:
    end = content.rfind(b"IEND")
    return end < 0 or end + 8 > len(content)


def _gif_ends_early(content: bytes) -> bool:
    return not content.rstrip(b"\0").endswith(b";")


def _bmp_ends_early(content: bytes) -> bool:
    return len(content) < int.from_bytes(content[2:6], "little")


def _webp_ends_early(content: bytes) -> bool:
    return len(content) < 8 + int.from_bytes(content[4:8], "little")


def _tiff_ends_early(content: bytes) -> bool:
    order = "<" if content[:2] == b"II" else ">"
    start = int.from_bytes(content[4:8], "little" if order == "<" else "big")
    if start + 2 > len(content):
        return True
    (n,) = struct.unpack_from(order + "H", content, start)
    if start + 2 + 12 * n > len(content):
        return True
    for i in range(n):
        _, kind, count, offset = struct.unpack_from(order + "HHII", content, start + 2 + 12 * i)
        size = count * _TIFF_SIZES.get(kind, 1)
        if size > 4 and offset + size > len(content):
            return True
    return False


def _boxes_end_early(content: bytes) -> bool:
    position = 0
    while position + 8 <= len(content):
        size = int.from_bytes(content[position : position + 4], "big")
        if size < 8:  # The last box, or one of a size that takes 8 bytes.
            return False
        position += size
    return position != len(content)


def _jpeg2000_ends_early(content: bytes) -> bool:
    return not content.endswith(b"\xff\xd9")


_TIFF_SIZES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_ENDS = {
    "jpeg": _jpeg_ends_early,
    "png": _png_ends_early,
    "gif": _gif_ends_early,
    "bmp": _bmp_ends_early,
    "webp": _webp_ends_early,
}
_ENDS_IF_DAMAGED = {"tiff": _tiff_ends_early, "avif": _boxes_end_early, "jpeg2000": _jpeg2000_ends_early}
