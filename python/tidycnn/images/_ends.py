"""Whether a content stops before the end that its format announces; what lies behind that end is no harm."""

from __future__ import annotations

from tidycnn.images._headers import PARTS_MAX, gif_blocks, jpeg_head, jpeg_pixels, png_chunks, tiff_tags


def ends_early(content: bytes, name: str, *, is_damaged: bool) -> bool:
    """Tell whether a content stops before the end that its format announces.

    Some formats may lack their end and yet be whole: they are asked only where decoding failed, `is_damaged`.
    """
    rule = _ENDS.get(name) or (_ENDS_IF_DAMAGED.get(name) if is_damaged else None)
    return rule is not None and rule(content)


def _jpeg_ends_early(content: bytes) -> bool:
    return not content.endswith(b"\xff\xd9") and jpeg_pixels(content, jpeg_head(content).pixels_at).end < 0


def _png_ends_early(content: bytes) -> bool:
    if any(kind == b"IEND" for kind, _, _ in png_chunks(content)):
        return False
    # Where the parts themselves are damaged, the end may yet be there.
    end = content.rfind(b"IEND")
    return end < 0 or end + 8 > len(content)


def _gif_ends_early(content: bytes) -> bool:
    return not content.rstrip(b"\0").endswith(b";") and all(kind != ord(";") for kind, _ in gif_blocks(content))


def _bmp_ends_early(content: bytes) -> bool:
    return len(content) < int.from_bytes(content[2:6], "little")


def _webp_ends_early(content: bytes) -> bool:
    return len(content) < 8 + int.from_bytes(content[4:8], "little")


def _tiff_ends_early(content: bytes) -> bool:
    tags = tiff_tags(content)
    return tags is None or any(tag.end > len(content) for tag in tags.values())


def _boxes_end_early(content: bytes) -> bool:
    position = 0
    for _ in range(PARTS_MAX):
        if position + 8 > len(content):
            break
        size = int.from_bytes(content[position : position + 4], "big")
        if size < 8:  # The last box, or one of a size that takes 8 bytes.
            return False
        position += size
    return position != len(content)


def _jpeg2000_ends_early(content: bytes) -> bool:
    return not content.endswith(b"\xff\xd9")


_ENDS = {"jpeg": _jpeg_ends_early, "png": _png_ends_early, "gif": _gif_ends_early}
_ENDS_IF_DAMAGED = {
    "bmp": _bmp_ends_early,
    "webp": _webp_ends_early,
    "tiff": _tiff_ends_early,
    "avif": _boxes_end_early,
    "jpeg2000": _jpeg2000_ends_early,
}
