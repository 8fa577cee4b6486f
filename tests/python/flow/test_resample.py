"""The compiled resampling against SciPy's, pixel by pixel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

import tidycnn
from tidycnn.flow._resample import CONSTANT, NEAREST, REFLECT, WRAP, halve_width, resample

SCIPY = {NEAREST: "nearest", CONSTANT: "constant", REFLECT: "reflect", WRAP: "wrap"}
TURNED = np.array([[0.9, -0.31, 4.2], [0.27, 1.13, -3.7]])


def noise(*shape: int, dtype: Any = np.uint8) -> NDArray[Any]:
    return np.random.default_rng(3).integers(0, 256, shape).astype(dtype)


def resampled(picture: NDArray[Any], matrix: NDArray[Any], size: tuple[int, int], **options: Any) -> NDArray[Any]:
    out = np.full((*size, picture.shape[2]), np.nan, dtype=np.float32)
    resample(picture, matrix, out, **options)
    return out


def of_scipy(picture: NDArray[Any], matrix: NDArray[Any], **options: Any) -> NDArray[Any]:
    (a, b, c), (d, e, f) = matrix
    planes = [
        ndimage.affine_transform(plane, [[e, d], [b, a]], (f, c), order=1, **options)
        for plane in np.moveaxis(picture.astype(np.float64), 2, 0)
    ]
    return np.stack(planes, axis=2)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("border", SCIPY)
def test_every_pixel_is_scipys(border: int, dtype: Any, channels: int) -> None:
    picture = noise(37, 52, channels, dtype=dtype)
    ours = resampled(picture, TURNED, (37, 52), border=border, cval=7.5)
    np.testing.assert_allclose(ours, of_scipy(picture, TURNED, mode=SCIPY[border], cval=7.5), atol=0.01)


@pytest.mark.parametrize("border", SCIPY)
def test_places_far_beyond_the_border_are_scipys(border: int) -> None:
    picture, matrix = noise(11, 9, 3), np.array([[7.3, 0, -31.0], [0, -9.1, 40.0]])
    ours = resampled(picture, matrix, (11, 9), border=border)
    np.testing.assert_allclose(ours, of_scipy(picture, matrix, mode=SCIPY[border]), atol=0.01)


def test_the_identity_changes_nothing_and_half_a_turn_is_exact() -> None:
    picture = noise(14, 23, 3)
    np.testing.assert_array_equal(resampled(picture, np.array([[1.0, 0, 0], [0, 1, 0]]), (14, 23)), picture)
    turned = resampled(picture, np.array([[-1.0, 0, 22], [0, -1, 13]]), (14, 23), border=CONSTANT)
    np.testing.assert_array_equal(turned, picture[::-1, ::-1])


def test_a_quarter_turn_by_sine_and_cosine_loses_no_border_to_the_constant() -> None:
    picture, angle = noise(15, 15, 3), np.pi / 2
    linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.column_stack([linear, 7 - linear @ [7, 7]])
    ours = resampled(picture, matrix, (15, 15), border=CONSTANT, cval=-50)
    np.testing.assert_allclose(ours, np.rot90(picture, k=1), atol=1e-3)


def test_the_factor_is_that_of_all_levels_and_of_the_constant() -> None:
    picture = noise(20, 20, 3)
    plain = resampled(picture, TURNED, (20, 20), border=CONSTANT, cval=100)
    np.testing.assert_allclose(
        resampled(picture, TURNED, (20, 20), border=CONSTANT, cval=100, factor=1 / 255), plain / 255, rtol=1e-5
    )


@pytest.mark.parametrize("border", [NEAREST, REFLECT])
def test_resizing_and_transforming_are_one(border: int) -> None:
    picture, (height, width) = noise(37, 52, 3), (24, 30)
    scale = np.array([52 / width, 37 / height])
    matrix = TURNED * scale[:, None]
    matrix[:, 2] += (scale - 1) / 2
    expected = of_scipy(picture, matrix, mode=SCIPY[border], output_shape=(height, width))
    np.testing.assert_allclose(resampled(picture, TURNED, (height, width), border=border), expected, atol=0.01)


def places(size: tuple[int, int]) -> list[NDArray[Any]]:
    y, x = np.mgrid[: size[0], : size[1]]
    return [a * x + b * y + c for a, b, c in TURNED]


def test_the_constant_begins_beyond_the_centres_of_the_resized_border() -> None:
    x, y = places((24, 30))
    is_outside = (x < 0) | (x > 29) | (y < 0) | (y > 23)
    ours = resampled(noise(37, 52, 3), TURNED, (24, 30), border=CONSTANT, cval=-9)
    np.testing.assert_array_equal((ours == -9).all(axis=2), is_outside)


def test_a_wrapped_picture_repeats_itself_after_its_resized_width() -> None:
    picture = noise(37, 52, 3)
    further = TURNED.copy()
    further[0, 2] += 2 * 29
    is_beyond = places((24, 30))[0] < 0
    here, there = (resampled(picture, matrix, (24, 30), border=WRAP) for matrix in (TURNED, further))
    np.testing.assert_allclose(here[is_beyond], there[is_beyond], atol=0.01)
    assert is_beyond.any()


@pytest.mark.parametrize("border", SCIPY)
def test_the_nearest_pixel_is_taken_whole(border: int) -> None:
    picture = noise(30, 30, 3)
    matrix = TURNED + 0.0003  # Nothing comes from halfway between two pixels.
    ours = resampled(picture, matrix, (30, 30), is_nearest=True, border=border, cval=300)
    assert set(np.unique(ours)) <= set(np.unique(picture)) | {300}
    y, x = np.mgrid[:30, :30]
    x, y = (a * x + b * y + c for a, b, c in matrix)
    is_inside = (x >= 0) & (x <= 29) & (y >= 0) & (y <= 29)
    columns, rows = (np.floor(place[is_inside] + 0.5).astype(int) for place in (x, y))
    np.testing.assert_array_equal(ours[is_inside], picture[rows, columns])
    assert is_inside.mean() > 0.5


@pytest.mark.parametrize("border", SCIPY)
def test_places_that_are_no_numbers_read_nothing_beyond_the_picture(border: int) -> None:
    nowhere = np.full((2, 3), np.nan)
    ours = resampled(noise(9, 9, 3), nowhere, (9, 9), border=border)
    assert ours.shape == (9, 9, 3)


def test_only_arrays_without_gaps_are_written() -> None:
    wide = np.empty((8, 16, 3), dtype=np.float32)
    with pytest.raises(ValueError, match="without gaps"):
        resample(noise(8, 8, 3), TURNED, wide[:, ::2])


def test_pictures_of_other_sizes_are_resized_with_their_pixels_centred() -> None:
    line = np.array([0, 100, 200, 50], dtype=np.uint8).reshape(1, 4, 1)
    identity = np.array([[1.0, 0, 0], [0, 1, 0]])
    assert resampled(line, identity, (1, 2)).ravel().tolist() == [50, 125]
    assert resampled(line, identity, (1, 8)).ravel().tolist() == [0, 25, 75, 125, 175, 162.5, 87.5, 50]


def test_views_and_arrays_that_must_not_be_written_are_read() -> None:
    picture = noise(24, 24, 3)
    picture.flags.writeable = False
    expected = resampled(picture[::2, ::-1].copy(), TURNED, (12, 24))
    np.testing.assert_array_equal(resampled(picture[::2, ::-1], TURNED, (12, 24)), expected)


def test_neighbours_are_averaged_and_halves_rounded_up() -> None:
    picture = noise(9, 46, 3)
    expected = (picture[:, ::2].astype(int) + picture[:, 1::2] + 1) // 2
    np.testing.assert_array_equal(halve_width(picture), expected)


WITHOUT_A_PLACE = "caching.CacheImpl._locator_classes = []"
ON_A_FULL_DISK = """
def fail(*arguments):
    raise OSError(errno.ENOSPC, "No space left on device")
caching.IndexDataCacheFile.save = fail
"""


@pytest.mark.slow
@pytest.mark.parametrize("trouble", [WITHOUT_A_PLACE, ON_A_FULL_DISK])
def test_it_works_where_nothing_that_is_compiled_can_be_kept(trouble: str, tmp_path: Path) -> None:
    code = f"""
import errno
import numpy as np
from numba.core import caching
{trouble}
from tidycnn.flow._resample import halve_width, resample
out = np.empty((4, 4, 3), dtype=np.float32)
resample(halve_width(np.full((4, 8, 3), 9, dtype=np.uint8)), np.eye(2, 3), out)
print(out.sum())
"""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == str(9.0 * 48)


RESAMPLE_ONCE = """
import numpy as np
from tidycnn.flow._resample import resample
out = np.empty((4, 4, 3), dtype=np.float32)
resample(np.full((4, 4, 3), 9, dtype=np.uint8), np.eye(2, 3), out)
print(out.sum())
"""


@pytest.mark.slow
@pytest.mark.parametrize("has_place", [True, False], ids=["a cache folder", "a file in its place"])
def test_what_is_compiled_is_kept_in_the_cache_folder_and_never_in_the_package(has_place: bool, tmp_path: Path) -> None:
    package, cache = tmp_path / "python" / "tidycnn", tmp_path / "cache"
    shutil.copytree(Path(tidycnn.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    if not has_place:
        cache.touch()
    environment = {**os.environ, "TIDYCNN_CACHE": str(cache), "PYTHONPATH": str(package.parent)}
    environment |= {"NUMBA_CACHE_DIR": "", "PYTHONDONTWRITEBYTECODE": "1"}
    for folder in [package, *package.rglob("*/")]:
        folder.chmod(0o555)
    command = [sys.executable, "-c", RESAMPLE_ONCE]
    answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    for folder in [package, *package.rglob("*/")]:
        folder.chmod(0o755)
    assert answer.stdout.strip() == str(9.0 * 48)
    assert list(package.rglob("*.nb?")) == []
    assert bool(list(tmp_path.glob("cache/compiled/**/*.nbc"))) is has_place
