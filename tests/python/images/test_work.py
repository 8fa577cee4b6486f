"""Contents that ask for more time or memory than their size tells: refused before they are decoded."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from tidycnn.core.errors import ImageFileError
from tidycnn.images._headers import gif_blocks, jpeg2000_head, jpeg_head, png_chunks, tiff_tags, tiff_values
from tidycnn.images._work import work_of
from tidycnn.images.decode import decode_image, probe_image


def encoded(name: str, size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (100, 120, 140)).save(stream, name, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def with_scans(n: int, size: tuple[int, int]) -> bytes:
    """Make a progressive JPEG whose last scan comes `n` more times."""
    content = encoded("JPEG", size, progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + n * last + content[-2:]


def with_segments(n: int, segment: bytes = b"\xff\xfe\0\2") -> bytes:
    content = encoded("JPEG")
    return content[:2] + n * segment + content[2:]


def png_of(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def png_in_parts(n: int, kind: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    part = png_of((kind, b"a\0b"))[8:]
    return png_of((b"IHDR", header)) + n * part + png_of((b"IDAT", zlib.compress(bytes(72))), (b"IEND", b""))[8:]


def gif_with_notes(n: int) -> bytes:
    content = encoded("GIF")
    start = 13 + (3 << (content[10] & 7) + 1)
    return content[:start] + n * b"!\xfe\1x\0" + content[start:]


def tiff_of(tags: dict[int, tuple[int, int, bytes]], data: bytes = b"") -> bytes:
    """Make a TIFF of tags: kind, number of values, their bytes."""
    entries, behind = b"", b""
    for number, (kind, n, values) in sorted(tags.items()):
        place = struct.pack("<I", 14 + 12 * len(tags) + len(behind)) if len(values) > 4 else values.ljust(4, b"\0")
        behind += values if len(values) > 4 else b""
        entries += struct.pack("<HHI", number, kind, n) + place
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4) + behind + data


def wholes(*values: int) -> tuple[int, int, bytes]:
    return 4, len(values), struct.pack(f"<{len(values)}I", *values)


def grey_tiff(**tags: tuple[int, int, bytes]) -> bytes:
    known = {256: wholes(8), 257: wholes(8), 258: wholes(8), 259: wholes(1), 262: wholes(1), 277: wholes(1)}
    return tiff_of({**known, **{int(name[1:]): values for name, values in tags.items()}})


def bmp_in_runs(n: int) -> bytes:
    body, start = b"\1\1" * n, 14 + 40 + 1024
    head = struct.pack("<IiiHHIIiiII", 40, 9_000, 9_000, 1, 8, 1, len(body), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + head + bytes(1024) + body


BOMBS: dict[str, Callable[[], bytes]] = {
    "scans of a JPEG": lambda: with_scans(1_000, (4_000, 3_000)),
    "segments of a JPEG": lambda: with_segments(600_000),
    "padding of a JPEG": lambda: with_segments(2_000_000, b"\xff"),
    "texts of a PNG": lambda: png_in_parts(600_000, b"tEXt"),
    "parts of the pixels of a PNG": lambda: png_in_parts(600_000, b"IDAT"),
    "strips of a TIFF": lambda: grey_tiff(t273=(4, 400_000, bytes(1_600_000)), t278=wholes(1), t279=wholes(8)),
    "a large tile of a small TIFF": lambda: grey_tiff(
        t259=wholes(8), t322=wholes(40_000), t323=wholes(40_000), t324=wholes(8), t325=wholes(8)
    ),
    "tags of a TIFF that share their bytes": lambda: grey_tiff(
        **{f"t{50_000 + i}": (7, 1 << 24, struct.pack("<I", 8)) for i in range(100)}
    ),
    "notes of a GIF": lambda: gif_with_notes(600_000),
    "runs of a BMP": lambda: bmp_in_runs(5_000_000),
    "pixels of a BMP in few runs": lambda: bmp_in_runs(10),
    "words of a PPM": lambda: b"P3\n2000 2000\n255\n" + b"1 " * 12_000_000,
    "comments of a PPM": lambda: b"P2\n9 9\n255\n" + b"#\n" * 100_000 + b"1 " * 81,
    "bytes of a JPEG 2000": lambda: encoded("JPEG2000")[:-2] + bytes(50_000_000) + b"\xff\xd9",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_asks_for_too_much_work_is_too_large(bomb: str) -> None:
    content = BOMBS[bomb]()
    assert probe_image(content).status == "too large"
    with pytest.raises(ImageFileError, match="too large"):
        decode_image(content)


def test_scans_behind_the_end_of_a_jpeg_are_not_counted() -> None:
    content = encoded("JPEG", (4_000, 3_000)) + b"\xff\xda\0\2" * 10_000
    assert probe_image(content).status == "ok"


def test_small_pictures_may_ask_for_much_work_a_pixel() -> None:
    assert probe_image(with_scans(1_000, (64, 48)), 64 * 48).status == "ok"


def test_more_is_allowed_where_more_pixels_are() -> None:
    content = with_scans(400, (900, 900))
    assert probe_image(content, 900 * 900).status == "too large"
    facts = probe_image(content, 900 * 900 * 30)
    assert facts.status == "ok"
    assert 20 < facts.work / (900 * 900) < 30


def test_without_a_limit_nothing_is_refused() -> None:
    content = with_segments(600_000)
    assert decode_image(content, pixels_max=None).shape == (48, 64, 3)


def test_a_jpeg_2000_in_tiny_blocks_or_tiles_asks_for_much_work() -> None:
    ordinary = encoded("JPEG2000", (1_200, 1_200))
    coded = ordinary.index(b"\xff\x52") + 10
    tiny_blocks = ordinary[:coded] + b"\0\0" + ordinary[coded + 2 :]
    tiny_tiles = encoded("JPEG2000", (1_200, 1_200), tile_size=(8, 8), num_resolutions=1)
    found = [probe_image(content, 1_200 * 1_200).status for content in (ordinary, tiny_blocks, tiny_tiles)]
    assert found == ["ok", "too large", "too large"]


def test_parts_of_a_tiff_that_share_their_bytes_count_each_for_itself() -> None:
    jpeg = with_scans(50, (2_048, 2_048))
    tags = {258: (3, 3, struct.pack("<3H", 8, 8, 8)), 259: wholes(7), 262: wholes(6), 277: wholes(3)}
    sides = {256: wholes(8_192), 257: wholes(8_192), 322: wholes(2_048), 323: wholes(2_048)}

    def tiled(start: int) -> bytes:
        return tiff_of({**tags, **sides, 324: wholes(*[start] * 16), 325: wholes(*[len(jpeg)] * 16)}, jpeg)

    assert probe_image(tiled(len(tiled(0)) - len(jpeg))).status == "too large"


# What the headers say ------------------------------------------------------------------------------------------------


def test_the_head_of_a_jpeg_is_read_up_to_its_pixels() -> None:
    content = with_segments(3)
    head = jpeg_head(content)
    assert head.sampling == ((2, 2), (1, 1), (1, 1))
    assert content[head.pixels_at - 14 : head.pixels_at - 12] == b"\xff\xda"
    assert head.segments == jpeg_head(encoded("JPEG")).segments + 3
    assert jpeg_head(with_segments(5, b"\0")).junk == 5


@pytest.mark.parametrize("kept", [3, 8, 30])
def test_a_head_that_stops_has_no_pixels(kept: int) -> None:
    assert jpeg_head(encoded("JPEG")[:kept]).pixels_at == -1


def test_the_parts_of_a_png_end_with_its_end() -> None:
    content = encoded("PNG")
    assert [kind for kind, _, _ in png_chunks(content + content)] == [b"IHDR", b"IDAT", b"IEND"]
    assert [kind for kind, _, _ in png_chunks(content[:-1])] == [b"IHDR", b"IDAT"]


def test_the_blocks_of_a_gif_end_with_its_end() -> None:
    assert [chr(kind) for kind, _ in gif_blocks(gif_with_notes(2) + b"film")] == ["!", "!", ",", ";"]
    assert [chr(kind) for kind, _ in gif_blocks(encoded("GIF")[:-1])] == [","]


@pytest.mark.parametrize("big", [False, True])
def test_the_tags_of_a_tiff_are_read_in_both_forms(big: bool) -> None:
    content = encoded("TIFF", big_tiff=big)
    tags = tiff_tags(content) or {}
    assert [tiff_values(content, tags[number]) for number in (256, 257, 258)] == [[64], [48], [8, 8, 8]]
    assert tiff_tags(content[:20]) is None


def test_the_smallest_blocks_of_a_jpeg_2000_are_found() -> None:
    head = jpeg2000_head(encoded("JPEG2000", tile_size=(16, 16), codeblock_size=(4, 8)))
    assert head is not None
    assert (head.tiles, head.block) == (4 * 3, 32)
    assert jpeg2000_head(encoded("JPEG2000")[:100]) is None


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "JPEG2000"])
def test_an_ordinary_picture_asks_for_little_more_than_its_pixels(name: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (600, 800, 3), dtype=np.uint8))
    stream = io.BytesIO()
    noise.save(stream, name)
    assert work_of(stream.getvalue(), name.lower()).of(800 * 600) < 20 * 800 * 600
