"""Pictures that EXIF data turn: table and pixels agree, and what goes with a label is told."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tidycnn.core.errors import TidycnnWarning
from tidycnn.images.decode import decode_image, probe_image
from tidycnn.images.table import image_table


def exif_of(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def photograph(orientation: int = 6, name: str = "jpeg") -> bytes:
    """Encode a picture 48 wide and 32 high as it is stored, dark on its left and bright on its right."""
    picture = Image.new("RGB", (48, 32), (10, 10, 10))
    picture.paste((250, 250, 250), (24, 0, 48, 32))
    stream = io.BytesIO()
    options = {"quality": 100} if name == "jpeg" else {}
    picture.save(stream, name, exif=exif_of(orientation), **options)
    return stream.getvalue()


def segment(marker: int, data: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + (len(data) + 2).to_bytes(2, "big") + data


def with_segments(*before: bytes) -> bytes:
    """Put segments before the EXIF data of a photograph that is stored lying."""
    content = photograph()
    start = content.index(b"\xff\xe1")
    return content[:start] + b"".join(before) + content[start:]


HIDDEN = {
    "behind 64 kB": with_segments(*[segment(0xED, bytes(30_000))] * 4),
    "behind text that looks like them": with_segments(segment(0xFE, b"Exif\0\0 is the begin of EXIF data")),
    "behind a false marker": with_segments(segment(0xED, b"\xff\xe1\x00\x20Exif\0\0" + bytes(40))),
    "behind other data of that kind": with_segments(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")),
}


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("is_damaged", [False, True])
def test_exif_data_are_found_wherever_they_stand(hidden: str, is_damaged: bool) -> None:
    content = HIDDEN[hidden]
    if is_damaged:  # Without its end marker, so that the other library looks.
        content = content[:-2] + b"\xff\xd9junk"
    facts, pixels = probe_image(content), decode_image(content)
    assert (facts.orientation, facts.width, facts.height) == (6, 32, 48)
    assert pixels.shape == (48, 32, 3)
    assert pixels[:20].mean() < 30
    assert pixels[-20:].mean() > 220


def test_text_that_looks_like_exif_data_turns_nothing() -> None:
    content = photograph(1)
    start = content.index(b"\xff\xe1")
    tag = content[start + 4 : start + 2 + int.from_bytes(content[start + 2 : start + 4], "big")]
    fake = segment(0xFE, b"\xff\xe1\x00\x20" + tag.replace(b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x01", b"\x01" * 10))
    found = probe_image(content[:2] + fake + content[2:])
    assert (found.orientation, found.width, found.height) == (1, 48, 32)


@pytest.mark.parametrize("name", ["jpeg", "png", "tiff", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_left_as_they_are_stored_where_exif_is_false(name: str, orientation: int) -> None:
    content = photograph(orientation, name)
    assert probe_image(content).orientation == orientation
    stored = decode_image(content, exif=False).astype(int)
    assert stored.shape == (32, 48, 3)
    assert np.abs(stored - decode_image(photograph(1, name)).astype(int)).max() <= 6


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("exif", [True, False])
def test_a_picture_that_is_reduced_while_it_is_decoded_keeps_its_least_size(orientation: int, exif: bool) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (480, 320)).save(picture, "jpeg", exif=exif_of(orientation))
    whole = decode_image(picture.getvalue(), exif=exif).shape
    small = decode_image(picture.getvalue(), exif=exif, least_size=(whole[0] // 4, whole[1] // 4))
    assert small.shape == (whole[0] // 4, whole[1] // 4, 3)


def draw(folder: Path, label: str, n: int, turned: int) -> None:
    (folder / label).mkdir(parents=True)
    for i in range(n):
        (folder / label / f"{i}.jpg").write_bytes(photograph(6 if i < turned else 1))


def test_orientation_is_a_column(tmp_path: Path) -> None:
    draw(tmp_path, "cat", 2, 1)
    (tmp_path / "cat" / "broken.jpg").write_bytes(b"nothing")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        images = image_table(tmp_path, progress=False)
        again = image_table(images, progress=False)
    assert images["orientation"].tolist() == [6, 1, pd.NA]
    assert images["width"].tolist()[:2] == [32, 48]
    assert images.columns.tolist().index("orientation") == images.columns.tolist().index("mode") + 1
    pd.testing.assert_frame_equal(images, again)


def test_a_warning_tells_where_orientation_goes_with_the_label(tmp_path: Path) -> None:
    draw(tmp_path, "cat", 60, 20)
    draw(tmp_path, "dog", 60, 0)
    with pytest.warns(TidycnnWarning, match=r"turned by their EXIF data are 20 of 60 'cat' and 0 of 60 'dog'"):
        image_table(tmp_path, progress=False)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("turned", [(20, 18), (3, 0), (0, 0), (60, 60)])
def test_no_warning_where_it_does_not(tmp_path: Path, turned: Any) -> None:
    draw(tmp_path, "cat", 60, turned[0])
    draw(tmp_path, "dog", 60, turned[1])
    image_table(tmp_path, progress=False)
