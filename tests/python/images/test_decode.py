"""Contents of every kind and every damage: what they are said to be, and their pixels."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tidycnn.core.errors import ImageFileError, InputError
from tidycnn.images import _pixels
from tidycnn.images.decode import Facts, decode_image, probe_image, read_image

FORMATS = {
    "jpeg": {},
    "png": {},
    "gif": {},
    "bmp": {},
    "tiff": {"compression": "tiff_lzw"},
    "webp": {"lossless": True},
    "ppm": {},
    "jpeg2000": {},
    **({"avif": {"speed": 10}} if "AVIF" in Image.SAVE else {}),
}


def encoded(picture: Image.Image, name: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG2000" if name == "jpeg2000" else name.upper(), **(FORMATS.get(name, {}) | options))
    return stream.getvalue()


def blocks(width: int = 48, height: int = 32) -> Image.Image:
    """Draw blocks of 8 by 8 pixels, all different, so that any turn or mix-up shows."""
    colours = np.random.default_rng(1).integers(0, 256, (height // 8, width // 8, 3))
    return Image.fromarray(np.kron(colours, np.ones((8, 8, 1))).astype(np.uint8))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def declared_png(width: int, height: int) -> bytes:
    """Make a small PNG that declares any size."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(500))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_is_told_from_the_content(name: str) -> None:
    facts = probe_image(encoded(blocks(), name))
    assert (facts.status, facts.format, facts.width, facts.height) == ("ok", name, 48, 32)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_content_that_stops_early_is_truncated(name: str, kept: float) -> None:
    content = encoded(blocks(), name)
    assert probe_image(content[: int(kept * len(content))]).status == "truncated"


@pytest.mark.parametrize("name", ["jpeg", "png", "bmp", "webp", "gif", "ppm"])
def test_one_missing_byte_is_found(name: str) -> None:
    assert probe_image(encoded(blocks(), name)[:-1]).status == "truncated"


def test_a_progressive_jpeg_that_stops_early_is_truncated() -> None:
    assert probe_image(encoded(blocks(), "jpeg", progressive=True)[:-40]).status == "truncated"


# A film behind a photograph has the markers of JPEGs in it, and ends in anything.
TAILS = {
    "a film": b"\0\0\0\x18ftypmp42" + np.random.default_rng(1).bytes(300_000),
    "notes": b"camera's notes" * 50,
    "zeros": bytes(9_000),
    "markers": b"\xff\xda\xff\xd8\xff\xc2" * 500,
    "one byte": b"\n",
}
INTACT = {
    **{name: (name, {}) for name in FORMATS},
    "progressive": ("jpeg", {"progressive": True}),
    "animated": ("gif", {"save_all": True, "append_images": [Image.new("RGB", (48, 32), (1, 2, 3))]}),
    "interlaced": ("gif", {"interlace": True}),
}


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("kind", INTACT)
def test_what_lies_behind_the_end_of_a_picture_is_no_harm(kind: str, tail: str) -> None:
    name, options = INTACT[kind]
    content = encoded(blocks(), name, **options)
    longer = content + TAILS[tail]
    assert probe_image(longer).status == "ok"
    assert np.array_equal(decode_image(longer), decode_image(content))


@pytest.mark.parametrize("kept", [0.1, 0.7, 0.9])
def test_a_jpeg_that_is_cut_off_before_another_one_is_truncated(kept: float) -> None:
    content = encoded(blocks(480, 320), "jpeg")
    assert probe_image(content[: int(kept * len(content))] + content + b"\n").status == "truncated"


def test_a_gif_whose_second_picture_is_cut_off_is_truncated() -> None:
    second = Image.fromarray(np.random.default_rng(1).integers(0, 256, (32, 48, 3), dtype=np.uint8))
    content = encoded(blocks(), "gif", save_all=True, append_images=[second])
    assert probe_image(content[:-200]).status == "truncated"


def test_a_bmp_that_says_it_is_longer_is_ok_where_its_pixels_are_there() -> None:
    content = bytearray(encoded(blocks(), "bmp"))
    content[2:6] = struct.pack("<I", 10 * len(content))
    assert probe_image(bytes(content)).status == "ok"


@pytest.mark.parametrize(
    "content", [b"name,label\na.png,cat\n", b"BM is a word", b"P1 is a sensor", b"\0" * 4000, b"%PDF-1.4", b"\xff\xd8"]
)
def test_other_contents_are_not_an_image(content: bytes) -> None:
    assert probe_image(content) == Facts("not an image")


@pytest.mark.parametrize("head", [b"<!---->" * 600, b"<?xml ?>" + b"<!-- -->" * 600, b"P5 " + b"#\n" * 2000])
def test_a_head_of_comments_is_told_at_once(head: bytes) -> None:
    assert probe_image(head) == Facts("not an image")


@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf\n", b"<!-- a > b -->\n<!-- c -->", b"<!DOCTYPE svg [ ... ]>"])
def test_a_drawing_is_told_behind_its_comments(head: bytes) -> None:
    assert probe_image(head + b"<svg width='9'></svg>") == Facts("unsupported format", "svg")


def test_no_content_is_empty() -> None:
    assert probe_image(b"").status == "empty"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0", "heic"),
        (b"8BPS\0\1" + bytes(20), "psd"),
        (b'<?xml version="1.0"?>\n<svg width="9"></svg>', "svg"),
        (bytes(128) + b"DICM", "dicom"),
    ],
)
def test_images_that_are_not_decoded_are_named(content: bytes, name: str) -> None:
    assert probe_image(content) == Facts("unsupported format", name)


# What is ok is decoded ------------------------------------------------------------------------------------------------


def with_sampling(factors: list[int], width: int = 50, height: int = 40) -> bytes:
    """Make a JPEG that declares these sampling factors; its pixels are noise then."""
    picture = blocks(8 * (-(-width // 8)), 8 * (-(-height // 8))).crop((0, 0, width, height))
    grey = picture.convert("L") if len(factors) == 1 else picture
    content = bytearray(encoded(grey, "jpeg", **({} if len(factors) == 1 else {"subsampling": 0})))
    start = content.index(b"\xff\xc0") + 11
    content[start : start + 3 * len(factors) : 3] = bytes(factors)
    return bytes(content)


def is_decoded(content: bytes, color_mode: str, least_size: tuple[int, int] | None) -> bool:
    try:
        return decode_image(content, color_mode, least_size=least_size).size > 0  # type: ignore[arg-type]
    except ImageFileError:
        return False


SAMPLINGS = [
    *([factor] for factor in (0x11, 0x12, 0x21, 0x14, 0x41, 0x22, 0x44, 0x31)),
    *([luma, 0x11, 0x11] for luma in (0x11, 0x12, 0x21, 0x22, 0x14, 0x41, 0x24, 0x31, 0x13)),
    *([0x11, 0x21, 0x11], [0x21, 0x21, 0x21], [0x22, 0x21, 0x12], [0x12, 0x12, 0x12], [0x31, 0x21, 0x11]),
    *([0x22, 0x11, 0x21], [0x44, 0x11, 0x11], [0x32, 0x21, 0x11]),
]


@pytest.mark.parametrize("factors", SAMPLINGS)
@pytest.mark.parametrize("tail", [b"", b"a film"])
def test_a_jpeg_of_any_sampling_is_decoded_where_it_is_ok_and_only_there(factors: list[int], tail: bytes) -> None:
    content = with_sampling(factors) + tail
    is_ok = probe_image(content).status == "ok"
    ways = [(mode, size) for mode in ("rgb", "rgba", "grayscale") for size in (None, (5, 5), (10, 20), (400, 400))]
    assert {is_decoded(content, *way) for way in ways} == {is_ok}


def test_ordinary_samplings_are_ok() -> None:
    ordinary = [[0x11], [0x41], [0x14], *([luma, 0x11, 0x11] for luma in (0x11, 0x12, 0x21, 0x22, 0x41, 0x14))]
    assert {probe_image(with_sampling(factors)).status for factors in ordinary} == {"ok"}


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_jpeg_that_pillow_decodes_is_reduced_like_any_other(options: dict[str, bool]) -> None:
    content = encoded(blocks(96, 64).convert("CMYK"), "jpeg", **options)
    assert decode_image(content, least_size=(16, 20)).shape == (16, 24, 3)
    assert decode_image(with_sampling([0x14], 96, 64), least_size=(16, 20)).shape == (16, 24, 3)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
def test_a_large_picture_has_the_pixels_of_its_parts(
    mode: str, color_mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grey = np.arange(48 * 32, dtype=np.uint16).reshape(32, 48) * 40
    picture = Image.fromarray(grey) if mode == "I;16" else blocks().convert("LA" if mode == "PA" else mode)
    content = encoded(picture, "tiff", compression="raw")
    whole = decode_image(content, color_mode)  # type: ignore[arg-type]
    monkeypatch.setattr(_pixels, "_PIXELS_AT_ONCE", 5 * 48)
    assert np.array_equal(decode_image(content, color_mode), whole)  # type: ignore[arg-type]


def ppm(kind: bytes, most: int, levels: list[int], *, width: int = 2) -> bytes:
    height = len(levels) // width // (3 if kind == b"P6" else 1)
    pixels = np.array(levels, ">u2" if most > 255 else "u1").tobytes()
    return b"%s\n%d %d\n%d\n" % (kind, width, height, most) + pixels


def test_levels_of_a_ppm_are_scaled_from_any_most_to_255() -> None:
    assert decode_image(ppm(b"P5", 100, [0, 50, 100, 1]), "grayscale").ravel().tolist() == [0, 128, 255, 3]
    assert decode_image(ppm(b"P5", 1000, [0, 500, 1000, 4]), "grayscale").ravel().tolist() == [0, 127, 255, 1]
    assert decode_image(ppm(b"P6", 65_535, [0, 65_535, 32_896] * 2)).ravel().tolist() == [0, 255, 128] * 2
    assert probe_image(ppm(b"P6", 65_535, [0] * 6)[:-1]).status == "truncated"


def test_texts_and_profiles_of_a_png_do_not_keep_it_from_being_decoded() -> None:
    whole = encoded(blocks(), "png")
    head, rest = whole[:33], whole[33:]
    texts = {
        "bomb": chunk(b"zTXt", b"words\0\0" + zlib.compress(bytes(5_000_000))),
        "profile": chunk(b"iCCP", b"colours\0\0" + zlib.compress(bytes(5_000_000))),
        "much": chunk(b"tEXt", b"words\0" + b"x" * 70_000_000),
        "damaged": chunk(b"tEXt", b"words\0")[:-1] + b"\0",
        "frames": chunk(b"fcTL", bytes(5)),
    }
    for text in texts.values():
        assert probe_image(head + text + rest).status == "ok"
        assert np.array_equal(decode_image(head + text + rest), decode_image(whole))


def test_pixels_of_32_bits_are_unsupported() -> None:
    picture = Image.fromarray(np.ones((8, 8), dtype=np.float32))
    assert probe_image(encoded(picture, "tiff")).status == "unsupported format"


def test_a_huge_declared_size_is_too_large_and_takes_no_memory() -> None:
    content = declared_png(30_000, 30_000)
    tracemalloc.start()
    facts = probe_image(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(content) < 1000
    assert (facts.status, facts.width, facts.height) == ("too large", 30_000, 30_000)
    assert peak < 5_000_000


def test_a_huge_declared_jpeg_is_not_decoded() -> None:
    content = bytearray(encoded(blocks(), "jpeg"))
    start = content.index(b"\xff\xc0") + 5
    content[start : start + 4] = struct.pack(">HH", 30_000, 30_000)
    with pytest.raises(ImageFileError, match="too large"):
        decode_image(bytes(content))


def test_pixels_max_is_the_largest_size_that_is_decoded() -> None:
    content = encoded(blocks(), "png")
    assert probe_image(content, 48 * 32).status == "ok"
    assert probe_image(content, 48 * 32 - 1).status == "too large"


def test_damage_inside_is_unreadable() -> None:
    content = bytearray(encoded(blocks(), "png"))
    start = content.index(b"IDAT") + 8
    content[start : start + 20] = bytes(20)
    assert probe_image(bytes(content)).status == "unreadable"


@pytest.mark.parametrize("name", ["jpeg", "png", "tiff", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_exif_data_say(name: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = blocks()
    turned = {
        1: picture,
        2: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: picture.rotate(180),
        4: picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: picture.transpose(Image.Transpose.TRANSPOSE),
        6: picture.rotate(-90, expand=True),
        7: picture.transpose(Image.Transpose.TRANSVERSE),
        8: picture.rotate(90, expand=True),
    }[orientation]
    options = {"quality": 100, "subsampling": 0} if name == "jpeg" else {}
    content = encoded(picture, name, exif=exif, **options)
    facts, pixels = probe_image(content), decode_image(content)
    assert (facts.width, facts.height) == turned.size
    assert np.abs(pixels.astype(int) - np.asarray(turned)).max() <= 4


@pytest.mark.parametrize("name", ["jpeg", "png"])
@pytest.mark.parametrize(("color_mode", "channels"), [("rgb", 3), ("rgba", 4), ("grayscale", 1)])
def test_color_mode_gives_the_channels(name: str, color_mode: str, channels: int) -> None:
    pixels = decode_image(encoded(blocks(), name), color_mode)  # type: ignore[arg-type]
    assert (pixels.shape, pixels.dtype) == ((32, 48, channels), np.uint8)


def test_channels_are_red_green_blue() -> None:
    for name in ("png", "jpeg"):
        red, green, blue = decode_image(encoded(Image.new("RGB", (8, 8), (250, 120, 10)), name))[4, 4].tolist()
        assert red > 240 and 110 < green < 130 and blue < 20


def test_jpeg_pixels_are_those_of_pillow() -> None:
    content = encoded(blocks(), "jpeg")
    assert np.array_equal(decode_image(content), np.asarray(Image.open(io.BytesIO(content))))


def test_a_palette_becomes_its_colours() -> None:
    content = encoded(Image.new("RGB", (8, 8), (0, 128, 255)).quantize(4), "png")
    assert decode_image(content)[0, 0].tolist() == [0, 128, 255]


def test_16_bits_are_scaled_and_not_cut_off() -> None:
    grey = np.full((8, 8), 32_896, dtype=np.uint16)  # The middle of the range.
    for name in ("png", "tiff"):
        pixels = decode_image(encoded(Image.fromarray(grey), name))
        assert pixels.shape == (8, 8, 3)
        assert (pixels == 128).all()


def test_four_printing_colours_become_red_green_blue() -> None:
    content = encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "jpeg", quality=100)
    red, green, blue = decode_image(content)[4, 4].tolist()
    assert red > 250 and green < 5 and blue < 5


def test_transparency_is_dropped_unless_asked_for() -> None:
    content = encoded(Image.new("RGBA", (4, 4), (10, 20, 30, 40)), "png")
    assert decode_image(content)[0, 0].tolist() == [10, 20, 30]
    assert decode_image(content, "rgba")[0, 0].tolist() == [10, 20, 30, 40]


def test_of_an_animation_the_first_picture_is_taken() -> None:
    first, second = Image.new("RGB", (8, 8), (255, 0, 0)), Image.new("RGB", (8, 8), (0, 0, 255))
    content = encoded(first, "gif", save_all=True, append_images=[second])
    assert decode_image(content)[0, 0].tolist() == [255, 0, 0]


def test_damaged_exif_data_do_not_keep_a_picture_from_being_decoded() -> None:
    content = encoded(blocks(), "jpeg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert probe_image(content).status == "ok"
    assert decode_image(content).shape == (32, 48, 3)


def test_a_truncated_jpeg_makes_no_noise(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ImageFileError, match="truncated"):
        decode_image(encoded(blocks(), "jpeg")[:-200])
    assert capfd.readouterr() == ("", "")


def test_reading_names_the_file_that_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "half.jpg"
    file.write_bytes(encoded(blocks(), "jpeg")[:300])
    with pytest.raises(ImageFileError, match=r"half\.jpg' cannot be read as an image: truncated\."):
        read_image(file)


def test_reading_names_the_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ImageFileError, match=r"gone\.png' cannot be read: no such file"):
        read_image(tmp_path / "gone.png")


def test_an_unknown_color_mode_is_refused() -> None:
    with pytest.raises(InputError, match="`color_mode` must be one of 'rgb', 'rgba' or 'grayscale', not 'hsv'"):
        decode_image(b"", "hsv")  # type: ignore[arg-type]
