"""Which format a content has, told from its first bytes and never from a file's suffix."""

from __future__ import annotations

import re

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
        ("avif", rb".{4}ftyp(?:avi[fs]|m[is]f1.{4}(?:.{4}){0,15}?avi[fs])"),
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
        # Each part can end in one place only: one that could end in several would take years over a hostile head.
        (
            "svg",
            rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!DOCTYPE\s+svg|svg[\s>])",
        ),
    )
)


def sniff_format(content: bytes) -> str | None:
    """Tell the format of an image from its first bytes, None where it is no image."""
    head = content[:HEAD]
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    return next((name for name, pattern in _SIGNATURES if pattern.match(head)), None)
