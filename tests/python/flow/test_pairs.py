"""A split belongs to a row: what goes together is divided alike, whatever its files hold and whatever is learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tidycnn.core.errors import TidycnnWarning
from tidycnn.flow.doors import flow_images
from tidycnn.flow.generator import image_data_generator
from tidycnn.flow.keras_doors import flow_images_from_data, flow_images_from_dataframe, flow_images_from_directory
from tidycnn.images.table import image_table
from tidycnn.splits.folds import vfold_images
from tidycnn.splits.split import split_images

SIZE = {"target_size": (8, 8), "shuffle": False}


def draw(folder: Path, names: list[str], *, start: int = 0) -> Path:
    for i, name in enumerate(names, start):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8, 3), i % 250, np.uint8)).save(folder / name)
    return folder


def stems(flow: Any) -> list[str]:
    return [Path(name).stem for name in flow.filenames]


NAMES = [f"{i:02d}" for i in range(20)]


@pytest.mark.parametrize("subset", ["training", "validation"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("images/{}/cat/{}.jpg", "masks/{}/cat/{}.png"),
        ("images/{}/img/{}.png", "masks/{}/mask/{}.png"),
        ("data/{}/left/cat/{}.png", "data/{}/right/cat/{}.png"),
    ],
)
def test_parallel_class_folders_are_divided_alike(tmp_path: Path, first: str, second: str, subset: Any) -> None:
    folders = []
    for start, pattern in ((0, first), (100, second)):
        paths = [pattern.format("a", name) for name in NAMES]
        draw(tmp_path, paths, start=start)
        folders.append(tmp_path / Path(paths[0]).parents[1])
    generator = image_data_generator(validation_split=0.3)
    one, other = (flow_images_from_directory(folder, generator, subset=subset, **SIZE) for folder in folders)
    assert stems(one) == stems(other)
    assert one.n == {"training": 14, "validation": 6}[subset]


def test_parallel_folders_of_several_classes_are_divided_alike_by_fits_and_splits_too(tmp_path: Path) -> None:
    names = [f"{label}/{name}.png" for label in ("cat", "dog") for name in NAMES]
    tables = [
        image_table(draw(tmp_path / part, names, start=start), progress=False)
        for start, part in ((0, "images"), (100, "masks"))
    ]
    for divide in (lambda images: split_images(images, seed=3)["split"], lambda i: vfold_images(i, 4, seed=3)["fold"]):
        one, other = (divide(table).tolist() for table in tables)
        assert one == other


def test_flat_folders_are_divided_alike_below_the_folder_that_all_share(tmp_path: Path) -> None:
    names = [f"p{i % 3}/{name}.png" for i, name in enumerate(NAMES)]
    frames = [
        pd.DataFrame({"path": [f"{draw(tmp_path / part, names, start=start)}/{name}" for name in names]})
        for start, part in ((0, "images"), (100, "masks"))
    ]
    one, other = (split_images(frame, seed=1)["split"].tolist() for frame in frames)
    assert one == other


def test_the_other_classes_do_not_decide_over_a_class() -> None:
    both = pd.DataFrame({"path": [f"x/{label}/{i}.png" for label in ("cat", "dog") for i in range(40)]})
    both["label"] = ["cat"] * 40 + ["dog"] * 40
    alone = both[both["label"] == "dog"]
    assert split_images(both, seed=1)["split"].tolist()[40:] == split_images(alone, seed=1)["split"].tolist()


def test_columns_of_a_data_frame_are_divided_by_row(tmp_path: Path) -> None:
    draw(tmp_path, [f"{i}_left.png" for i in range(20)])
    draw(tmp_path, [f"{19 - i}_right.png" for i in range(20)])
    pairs = pd.DataFrame(
        {"left": [f"{i}_left.png" for i in range(20)], "right": [f"{19 - i}_right.png" for i in range(20)]}
    )
    pairs = pairs.assign(label=["cat", "dog"] * 10, age=np.arange(20.0), row=range(20))
    generator = image_data_generator(validation_split=0.3)
    asked: list[dict[str, Any]] = [
        {"x_col": "left", "y_col": "label"},
        {"x_col": "right", "y_col": None, "class_mode": None},
        {"x_col": "left", "y_col": "age", "class_mode": "raw"},
    ]
    flows = [
        flow_images_from_dataframe(pairs, tmp_path, generator=generator, subset="validation", **each, **SIZE)
        for each in asked
    ]
    rows = [flow.images["row"].tolist() for flow in flows]
    assert rows[0] == rows[1] == rows[2]
    assert len(rows[0]) == 6


@pytest.mark.parametrize("y", [np.arange(20) % 2, np.linspace(0, 1, 20), ["a", "b"] * 10])
def test_arrays_are_divided_by_row_with_targets_and_without(y: Any) -> None:
    pictures = np.arange(20, dtype=np.float32).reshape(20, 1, 1, 1) * np.ones((1, 4, 4, 1), np.float32)
    generator = image_data_generator(validation_split=0.3)
    flows = [
        flow_images_from_data(pictures, targets, generator=generator, subset="validation", shuffle=False)
        for targets in (y, None)
    ]
    assert flows[0].filenames == flows[1].filenames


def copies(tmp_path: Path) -> pd.DataFrame:
    """Give 20 images of which the second half are copies of the first."""
    draw(tmp_path, [f"cat/{name}.png" for name in NAMES[:10]])
    draw(tmp_path, [f"cat/{name}.png" for name in NAMES[10:]])
    return image_table(tmp_path, progress=False)


def test_identical_files_on_both_sides_are_told(tmp_path: Path) -> None:
    images = copies(tmp_path)
    with pytest.warns(TidycnnWarning, match="Identical files lie in several splits: .* contents, such as"):
        split_images(images, seed=1)
    with pytest.warns(TidycnnWarning, match="Identical files lie in several folds"):
        vfold_images(images, 3, seed=1)
    generator = image_data_generator(validation_split=0.5)
    with pytest.warns(TidycnnWarning, match="Identical files lie in several subsets"):
        flow_images(images, generator, subset="training", class_mode="none", **SIZE)


@pytest.mark.filterwarnings("error")
def test_a_group_keeps_identical_files_together(tmp_path: Path) -> None:
    images = copies(tmp_path)
    divided = split_images(images, group="hash", seed=1)
    assert divided.groupby("hash")["split"].nunique().max() == 1
    generator = image_data_generator(validation_split=0.5)
    grouped = images.assign(group=images["hash"])
    sides = [
        set(flow_images(grouped, generator, subset=subset, class_mode="none", **SIZE).images["hash"])
        for subset in ("training", "validation")
    ]
    assert not sides[0] & sides[1]
