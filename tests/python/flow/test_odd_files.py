"""Odd and damaged files of every format: what the table says of them is what every flow does with them."""

from __future__ import annotations

import io
import os
import random
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tidycnn import flow_images, flow_images_from_dataframe, image_data_generator, image_table, predict_images
from tidycnn.core.errors import ImageFileError, TidycnnWarning
from tidycnn.core.progress import Silence, listening
from tidycnn.flow import _sources
from tidycnn.flow._pictures import FilePictures
from tidycnn.flow.cache import cached

N_DAMAGED = 120
WARPED = image_data_generator(rotation_range=20, zoom_range=0.2)


def picture(width: int = 40, height: int = 30, mode: str = "RGB") -> Image.Image:
    colours = np.random.default_rng(width).integers(0, 256, (-(-height // 4), -(-width // 4), 3))
    pixels = np.kron(colours, np.ones((4, 4, 1)))[:height, :width].astype(np.uint8)
    return Image.fromarray((pixels[..., 0] * np.uint16(257)) if mode == "I;16" else pixels).convert(mode)


def encoded(name: str, shown: Image.Image, **options: Any) -> bytes:
    stream = io.BytesIO()
    shown.save(stream, name, **options)
    return stream.getvalue()


def resampled(*factors: int) -> bytes:
    """Make a JPEG that declares sampling factors of its own."""
    content = bytearray(encoded("JPEG", picture(mode="L" if len(factors) == 1 else "RGB"), subsampling=0))
    start = content.index(b"\xff\xc0") + 11
    content[start : start + 3 * len(factors) : 3] = bytes(factors)
    return bytes(content)


def intact_files() -> list[bytes]:
    pages = {"save_all": True, "append_images": [picture(40, 30, "L"), picture(40, 30, "1")]}
    files = [encoded("JPEG", picture(mode=mode), progressive=turn) for mode in ("L", "RGB", "CMYK") for turn in (0, 1)]
    files += [encoded("PNG", picture(mode=mode)) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    files += [encoded("GIF", picture(mode=mode)) for mode in ("1", "L", "P", "RGBA")]
    files += [encoded("BMP", picture(mode=mode)) for mode in ("1", "L", "P", "RGB", "RGBA")]
    files += [encoded("WEBP", picture(mode=mode), lossless=turn) for mode in ("L", "RGBA") for turn in (False, True)]
    files += [encoded("PPM", picture(mode=mode)) for mode in ("1", "L", "RGB", "I;16")]
    files += [encoded("JPEG2000", picture(mode=mode)) for mode in ("L", "RGB", "RGBA", "I;16")]
    files += [
        encoded("TIFF", picture(mode=mode), compression=compression)
        for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK", "I;16")
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate")
    ]
    files += [encoded(name, picture(40, 30), **pages) for name in ("GIF", "PNG", "WEBP", "TIFF", "MPO")]
    files += [encoded(name, picture(*size)) for name in ("JPEG", "PNG", "GIF") for size in ((1, 1), (1, 300), (300, 1))]
    files += [resampled(factor) for factor in (0x11, 0x41, 0x14, 0x22)]
    return files + [resampled(luma, 0x11, 0x11) for luma in (0x11, 0x21, 0x12, 0x22, 0x41, 0x14, 0x31)]


def odd_files() -> list[bytes]:
    undecodable = [resampled(0x31, 0x21, 0x11), resampled(0x44, 0x11, 0x11)]
    numbers = [encoded("TIFF", Image.new(mode, (4, 4))) for mode in ("F", "I")]
    return [*undecodable, *numbers, b"", b"words", b"\xff\xd8\xff", bytes(99), b"%PDF-1.7", b"8BPS\0\1" + bytes(20)]


def damaged(content: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Damage a content in one of many ways."""
    n, place = len(content), chance.randrange(len(content))
    ways = (
        lambda: content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :],
        lambda: content[: min(n, 30)] + chance.randbytes(4) + content[min(n, 30) + 4 :],
        lambda: content[: n * chance.randint(1, 3) // 4],
        lambda: content[:-1],
        lambda: content[:place] + chance.randbytes(50) + content[place:],
        lambda: content[:place] + content[place + chance.choice((1, 20)) :],
        lambda: content[:place] + bytes(40) + content[place + 40 :],
        lambda: content[: n // 2] + chance.choice(others)[n // 2 :],
        lambda: content + chance.choice((chance.randbytes(2_000), bytes(500), b"\xff\xda\xff\xd8" * 50)),
    )
    return chance.choice(ways)()


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pd.DataFrame]:
    """Give the images frame of all files; labels take turns."""
    folder, chance = tmp_path_factory.mktemp("odd"), random.Random(1)
    whole = intact_files()
    broken = [damaged(chance.choice(whole), whole, chance) for _ in range(N_DAMAGED)]
    contents = whole + odd_files() + broken
    for i, content in enumerate(contents):
        (folder / f"{i:04d}.jpg").write_bytes(content)  # The name of a file says nothing of its format.
    paths = sorted(str(file) for file in folder.iterdir())
    labels = [("a", "b")[i % 2] for i in range(len(paths))]
    with pytest.MonkeyPatch.context() as patched, warnings.catch_warnings():
        patched.setenv("TIDYCNN_CACHE", str(tmp_path_factory.mktemp("cache")))
        warnings.simplefilter("ignore")
        yield image_table(pd.DataFrame({"path": paths, "label": labels}), progress=False)


def shown_by(flow: Any, *, passes: int = 1) -> set[str]:
    """Give the files that a flow shows in its last pass, and does not leave out."""
    shown: set[str] = set()
    for _ in range(passes):
        shown = set()
        for index in range(len(flow)):
            try:
                rows = flow.pictures_of(0, index)[0]
            except ImageFileError:  # All of this flow's files are left out by now.
                continue
            shown |= {flow.filepaths[row] for row in rows}
    return shown


def ok_files(images: pd.DataFrame) -> set[str]:
    return set(images.loc[images["status"] == "ok", "path"])


WAYS: dict[str, dict[str, Any]] = {
    "files": {"target_size": (16, 20)},
    "memory": {"target_size": (16, 20), "cache": "memory"},
    "disk": {"target_size": (16, 20), "cache": "disk"},
    "enlarged and warped": {"target_size": (90, 70), "generator": WARPED, "color_mode": "grayscale"},
    "reduced, warped, memory": {"target_size": (5, 5), "generator": WARPED, "cache": "memory"},
    "reduced, warped, disk": {"target_size": (5, 5), "generator": WARPED, "cache": "disk"},
    "cut": {"target_size": (30, 8), "color_mode": "rgba", "interpolation": "bicubic", "keep_aspect_ratio": True},
    "exact": {"target_size": (8, 30), "generator": image_data_generator(exact=True), "keep_aspect_ratio": True},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("way", WAYS)
def test_every_flow_shows_all_files_that_are_ok(images: pd.DataFrame, way: str) -> None:
    flow = flow_images(images, **WAYS[way], batch_size=20, shuffle=False, on_error="skip", seed=1)
    assert shown_by(flow, passes=2) == ok_files(images)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("way", WAYS)
def test_a_flow_over_unseen_files_shows_those_that_are_ok_and_no_others(images: pd.DataFrame, way: str) -> None:
    files = images[["path", "label"]]
    flow = flow_images_from_dataframe(
        files,
        x_col="path",
        y_col="label",
        **WAYS[way],
        batch_size=20,
        shuffle=False,
        on_error="skip",
        validate_filenames=False,
        seed=1,
    )
    assert shown_by(flow, passes=2) == ok_files(images)


def test_files_of_all_kinds_are_among_them(images: pd.DataFrame) -> None:
    n = len(intact_files())
    assert set(images["status"][:n]) == {"ok"}
    assert "ok" not in set(images["status"][n : n + len(odd_files())])
    assert {"ok", "truncated", "unreadable"} <= set(images["status"][n + len(odd_files()) :])


@pytest.mark.filterwarnings("ignore")
def test_predictions_stand_where_files_are_ok(images: pd.DataFrame) -> None:
    from tidycnn import as_classifier, cnn

    classifier = as_classifier(cnn((8, 8, 3), 2, filters=2, units=None, seed=1), ["a", "b"])
    with listening(Silence()):
        predictions = predict_images(classifier, images, progress=False)
    assert predictions[".pred_class"].notna().tolist() == (images["status"] == "ok").tolist()


def test_what_was_found_ok_with_more_pixels_is_decoded_too(draw_folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sources, "PIXELS_MAX", 24 * 16 - 1)
    images = image_table(draw_folder({"cat": 2, "dog": 2}), progress=False)
    assert flow_images(images, target_size=(8, 8))[0][0].shape == (4, 8, 8, 3)
    unseen = flow_images_from_dataframe(images, x_col="path", y_col="label", validate_filenames=False)
    with pytest.raises(ImageFileError, match="too large"):
        unseen[0]


@pytest.mark.parametrize("where", ["memory", "disk"])
def test_a_file_that_is_gone_when_a_cached_flow_is_made_is_told_when_its_turn_comes(
    draw_folder: Any, where: Any
) -> None:
    images = image_table(draw_folder({"cat": 2, "dog": 2}), progress=False)
    Path(images["path"][0]).unlink()
    flow = flow_images(images[["path", "label", "status"]], target_size=(8, 8), cache=where, on_error="skip", seed=1)
    with pytest.warns(TidycnnWarning, match=r"cat_000\.png' cannot be read: no such file"):
        assert len(flow[0][0]) == 3


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_jpegs_that_pillow_decodes_are_kept_like_all_others(tmp_path: Path, mode: str) -> None:
    content = encoded("JPEG", picture(80, 60, mode)) if mode == "CMYK" else resampled(0x14)
    (tmp_path / "a.jpg").write_bytes(content)
    images = image_table([tmp_path / "a.jpg"], progress=False)
    preprocessing = WARPED.preprocessing((7, 9), "rgb", "bilinear")
    files = FilePictures(images["path"].tolist(), preprocessing, is_warped=True)
    shape = _sources._working_shape(images["height"][0], images["width"][0], "jpeg", files)
    kept = cached(files, cache="memory", shapes=[shape], hashes=[""], settings="")
    first = kept.fetch(0)
    os.remove(tmp_path / "a.jpg")  # noqa: PTH107
    assert kept.fetch(0) is not None and np.array_equal(kept.fetch(0), first)


@pytest.mark.parametrize("size", [(1, 500), (500, 1), (2, 333)])
@pytest.mark.parametrize("target_size", [(16, 16), (300, 3), (3, 300)])
def test_very_long_pictures_are_cut_to_one_pixel_at_least(
    tmp_path: Path, size: tuple[int, int], target_size: tuple[int, int]
) -> None:
    picture(*size).save(tmp_path / "a.png")
    for exact in (False, True):
        generator = image_data_generator(exact=exact)
        flow = flow_images(
            image_table([tmp_path / "a.png"], progress=False),
            generator,
            target_size=target_size,
            class_mode="none",
            keep_aspect_ratio=True,
        )
        assert flow[0].shape == (1, *target_size, 3)


@pytest.mark.parametrize("kind", [Path, os.fsencode])
def test_flows_take_objects_that_stand_for_paths(draw_folder: Any, kind: Any) -> None:
    images = image_table(draw_folder({"cat": 2, "dog": 2}), progress=False)[["path", "label"]]
    given = images.assign(path=[kind(path) for path in images["path"]])
    assert flow_images(given, target_size=(8, 8)).filepaths == images["path"].tolist()
    flow = flow_images_from_dataframe(given, x_col="path", y_col="label", target_size=(8, 8))
    assert flow.filenames == images["path"].tolist()
    names = images.assign(path=[kind(Path(*Path(path).parts[-2:])) for path in images["path"]])
    below = flow_images_from_dataframe(names, Path(images["path"][0]).parents[1], x_col="path", y_col="label")
    assert below.filepaths == images["path"].tolist()
