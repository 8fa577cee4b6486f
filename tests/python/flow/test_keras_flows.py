"""Flows give what those of Keras give: files, targets, weights, order and passes; and what they do beyond that."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from keras.src.legacy.preprocessing.image import ImageDataGenerator as KerasGenerator
from keras.src.utils.image_utils import img_to_array, load_img
from numpy.typing import NDArray
from PIL import Image

from tidycnn import (
    flow_images_from_data,
    flow_images_from_dataframe,
    flow_images_from_directory,
    image_data_generator,
)
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.flow._transforms import draw_transforms

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Found 1 invalid image")

EXACT = image_data_generator(exact=True)
AUGMENTING: dict[str, Any] = {
    "rotation_range": 40,
    "width_shift_range": 0.2,
    "height_shift_range": 3.0,
    "shear_range": 10,
    "zoom_range": 0.3,
    "brightness_range": (0.6, 1.4),
    "channel_shift_range": 20,
    "horizontal_flip": True,
    "vertical_flip": True,
}
SMALL: dict[str, Any] = {"target_size": (13, 17), "batch_size": 4, "shuffle": False}
INTERPOLATIONS = ["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"]


def draw_picture(path: Path, mode: str = "RGB", size: tuple[int, int] = (31, 23), seed: int = 0) -> Path:
    channels = len(mode)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], channels), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels if channels > 1 else pixels[:, :, 0]).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give 9 pictures of three classes, of two shapes, coloured and grey."""
    for position, (label, n) in enumerate({"Bee": 2, "ant": 4, "wasp": 3}.items()):
        for i in range(n):
            mode, size = ("L" if i == 1 else "RGB"), ((20, 33) if i % 2 else (31, 23))
            draw_picture(tmp_path / "pictures" / label / f"{label}{9 + i}.png", mode, size, 10 * position + i)
    return tmp_path / "pictures"


@pytest.fixture
def dataframe(folder: Path) -> pd.DataFrame:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))
    frame = pd.DataFrame({"filename": names, "class": [name.split("/")[0] for name in names]})
    frame = frame.assign(weight=np.arange(9) / 4, age=np.arange(9) * 1.5, size=np.arange(9)[::-1])
    return frame.sample(frac=1, random_state=1)


def from_directory(folder: Path, generator: Any = None, **options: Any) -> tuple[Any, Any]:
    """Make the same flow of ours and of Keras."""
    given, options = generator or {}, SMALL | {"interpolation": "bilinear"} | options
    ours = flow_images_from_directory(folder, image_data_generator(exact=True, **given), **options)
    return ours, KerasGenerator(**given).flow_from_directory(str(folder), **options)


def from_dataframe(dataframe: pd.DataFrame, folder: Path, generator: Any = None, **options: Any) -> tuple[Any, Any]:
    given, options = generator or {}, SMALL | {"interpolation": "bilinear"} | options
    ours = flow_images_from_dataframe(dataframe, folder, generator=image_data_generator(exact=True, **given), **options)
    return ours, KerasGenerator(**given).flow_from_dataframe(dataframe, str(folder), **options)


def assert_same_batches(ours: Any, theirs: Any) -> None:
    assert len(ours) == len(theirs)
    for index in range(len(theirs)):
        assert_same(ours[index], theirs[index])


def assert_same(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs)
        for mine, other in zip(ours, theirs, strict=True):
            assert_same(mine, other)
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_exact_pictures_are_those_of_keras(folder: Path, interpolation: str, color_mode: str) -> None:
    assert_same_batches(*from_directory(folder, interpolation=interpolation, color_mode=color_mode))


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
def test_exact_pictures_that_keep_their_aspect_ratio_are_those_of_keras(
    folder: Path, interpolation: str, color_mode: str
) -> None:
    assert_same_batches(
        *from_directory(folder, interpolation=interpolation, color_mode=color_mode, keep_aspect_ratio=True)
    )


@pytest.mark.parametrize(
    ("color_mode", "interpolation"),
    [
        ("rgb", "bicubic"),
        ("grayscale", "bicubic"),
        ("rgba", "nearest"),
        pytest.param(
            "rgba",
            "bicubic",
        ),
    ],
)
def test_exact_pictures_of_transparent_files_are_those_of_keras(
    tmp_path: Path, color_mode: str, interpolation: str
) -> None:
    draw_picture(tmp_path / "pictures" / "a" / "1.png", "RGBA")
    assert_same_batches(*from_directory(tmp_path / "pictures", color_mode=color_mode, interpolation=interpolation))


def test_exact_pictures_of_the_target_size_are_left_alone_as_in_keras(folder: Path) -> None:
    options: dict[str, Any] = {"interpolation": "nearest", "keep_aspect_ratio": True, "classes": ["ant"]}
    assert_same_batches(*from_directory(folder, target_size=(23, 31), **options))


def test_exact_pictures_can_have_their_channels_first_as_in_keras(folder: Path) -> None:
    ours, theirs = from_directory(folder, {"data_format": "channels_first", "rescale": 1 / 255})
    assert ours.image_shape == theirs.image_shape == (3, 13, 17)
    assert_same_batches(ours, theirs)


@pytest.mark.parametrize("fill_mode", ["nearest", "constant", "reflect", "wrap"])
def test_exact_augmented_pictures_are_what_keras_makes_of_what_is_drawn(folder: Path, fill_mode: Any) -> None:
    generator = image_data_generator(exact=True, fill_mode=fill_mode, samplewise_center=True, **AUGMENTING)
    flow = flow_images_from_directory(folder, generator, seed=5, **SMALL)
    theirs = KerasGenerator(fill_mode=fill_mode, samplewise_center=True)
    drawn = draw_transforms(generator, (13, 17), seed=5, epoch=2, rows=np.arange(4))
    x = flow.batch(2, 0)[0]
    for i in range(4):
        loaded = img_to_array(load_img(flow.filepaths[i], target_size=(13, 17), interpolation="bilinear"))
        expected = theirs.apply_transform(loaded, {name: values[i] for name, values in drawn._asdict().items()})
        difference = np.abs(x[i] - theirs.standardize(expected))
        assert (difference <= 1.5).mean() >= 0.995
        assert difference.mean() < 0.1


@pytest.mark.parametrize("class_mode", ["categorical", "sparse", "input", None])
def test_targets_of_class_folders_are_those_of_keras(folder: Path, class_mode: Any) -> None:
    assert_same_batches(*from_directory(folder, class_mode=class_mode))


def test_binary_targets_are_those_of_keras(folder: Path) -> None:
    assert_same_batches(*from_directory(folder, class_mode="binary", classes=["ant", "wasp"]))


def test_a_flow_of_class_folders_tells_what_that_of_keras_tells(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.warns(TidycnnWarning, match="Class folders without files: 'empty'"):
        ours, theirs = from_directory(folder)
    for name in ("class_indices", "filenames", "n", "samples", "num_classes", "image_shape", "batch_size"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert (len(ours), ours.labels.tolist()) == (len(theirs), theirs.labels.tolist())
    assert [Path(path) for path in ours.filepaths] == [Path(path) for path in theirs.filepaths]


def test_classes_are_numbered_in_the_order_given_as_in_keras(folder: Path) -> None:
    ours, theirs = from_directory(folder, classes=["wasp", "Bee"])
    assert ours.class_indices == theirs.class_indices == {"wasp": 0, "Bee": 1}
    assert dict(zip(ours.filenames, ours.classes, strict=True)) == dict(
        zip(theirs.filenames, theirs.classes, strict=True)
    )


def test_files_stand_in_the_order_of_the_classes_given_as_in_keras(folder: Path) -> None:
    ours, theirs = from_directory(folder, classes=["wasp", "Bee"])
    assert ours.filenames == theirs.filenames


def test_files_below_class_folders_stand_in_the_order_of_keras(folder: Path) -> None:
    draw_picture(folder / "ant" / "African" / "ant1.png")
    ours, theirs = from_directory(folder, {"validation_split": 0.4}, subset="validation")
    assert ours.filenames == theirs.filenames


@pytest.mark.parametrize("share", [0.25, 0.5, 0.7])
@pytest.mark.parametrize("subset", ["training", "validation"])
def test_subsets_of_class_folders_are_those_of_keras(folder: Path, subset: str, share: float) -> None:
    ours, theirs = from_directory(folder, {"validation_split": share}, subset=subset)
    assert ours.filenames == theirs.filenames
    assert_same_batches(ours, theirs)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.7])
@pytest.mark.parametrize("subset", ["training", "validation"])
def test_subsets_of_a_data_frame_are_those_of_keras(
    folder: Path, dataframe: pd.DataFrame, subset: str, share: float
) -> None:
    options: dict[str, Any] = {"subset": subset, "weight_col": "weight"}
    ours, theirs = from_dataframe(dataframe, folder, {"validation_split": share}, **options)
    assert ours.filenames == theirs.filenames
    assert_same_batches(ours, theirs)


@pytest.mark.parametrize("subset", ["training", "validation"])
def test_subsets_of_an_array_are_those_of_keras(subset: str) -> None:
    x, y = np.arange(11, dtype=np.float32).repeat(48).reshape(11, 4, 4, 3), np.arange(11) % 2
    options: dict[str, Any] = {"subset": subset, "shuffle": False}
    generator = image_data_generator(exact=True, validation_split=0.4)
    theirs = KerasGenerator(validation_split=0.4).flow(x, y, **options)
    assert_same_batches(flow_images_from_data(x, y, generator=generator, **options), theirs)
    # Keras leaves the weights undivided, so that those of the training are of other pictures.
    shown, _, weights = flow_images_from_data(x, y, generator=generator, sample_weight=np.arange(11), **options)[0]
    assert weights.tolist() == shown[:, 0, 0, 0].tolist()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"class_mode": "sparse", "weight_col": "weight"},
        {"class_mode": "sparse", "validate_filenames": False, "weight_col": "weight"},
        {"classes": ["wasp", "Bee"], "weight_col": "weight"},
        {"class_mode": "binary", "classes": ["wasp", "Bee"]},
        {"class_mode": "input"},
        {"class_mode": None},
        {"class_mode": "multi_output", "y_col": ["age", "size"]},
        {"class_mode": "multi_output", "y_col": ["size"], "weight_col": "weight"},
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)
def test_flows_of_a_data_frame_are_those_of_keras(folder: Path, dataframe: pd.DataFrame, options: Any) -> None:
    ours, theirs = from_dataframe(dataframe, folder, **options)
    assert ours.filenames == theirs.filenames
    assert_same_batches(ours, theirs)


@pytest.mark.parametrize("y_col", ["age", ["age"], ["age", "size"]], ids=str)
def test_raw_targets_are_those_of_keras(folder: Path, dataframe: pd.DataFrame, y_col: Any) -> None:
    ours, theirs = from_dataframe(dataframe, folder, class_mode="raw", y_col=y_col, weight_col="weight")
    assert [np.ravel(batch[1]).tolist() for batch in islice(ours, 3)] == [
        np.ravel(batch[1]).tolist() for batch in islice(theirs, 3)
    ]


@pytest.mark.parametrize("classes", [None, ["wasp", "Bee"]])
def test_images_of_several_labels_are_learned_as_by_keras(folder: Path, dataframe: pd.DataFrame, classes: Any) -> None:
    labels = [
        ["ant", "wasp"] if label == "Bee" else (label,) if label == "ant" else label for label in dataframe["class"]
    ]
    several = dataframe.assign(**{"class": labels})
    several.at[several.index[0], "class"] = ["wasp", "Bee", "Bee"]
    ours, theirs = from_dataframe(several, folder, weight_col="weight", classes=classes)
    assert (ours.filenames, ours.class_indices) == (theirs.filenames, theirs.class_indices)
    assert [sorted(each) for each in ours.classes] == [
        sorted({each} if isinstance(each, int) else set(each)) for each in theirs.classes
    ]
    assert_same_batches(ours, theirs)


def test_several_labels_are_no_single_code(folder: Path, dataframe: pd.DataFrame) -> None:
    labels = [[label] for label in dataframe["class"]]
    with pytest.raises(InputError, match=r"`y_col` must name a column with one label .* 'sparse'"):
        flow_images_from_dataframe(dataframe.assign(**{"class": labels}), folder, class_mode="sparse")


def test_a_label_that_no_row_has_keeps_its_place_as_in_keras(folder: Path, dataframe: pd.DataFrame) -> None:
    with pytest.warns(TidycnnWarning, match="`classes` names 'hornet', a label that no row of `dataframe` has"):
        ours, theirs = from_dataframe(dataframe, folder, classes=["hornet", "ant"])
    assert ours.class_indices == theirs.class_indices
    assert_same_batches(ours, theirs)


def test_columns_of_other_names_give_what_keras_gives(folder: Path, dataframe: pd.DataFrame) -> None:
    renamed = dataframe.rename(columns={"filename": "file", "class": "kind", "weight": "importance"})
    names: dict[str, Any] = {"x_col": "file", "y_col": "kind", "weight_col": "importance"}
    assert_same_batches(*from_dataframe(renamed, folder, **names))


def test_files_that_are_absent_are_left_out_as_by_keras(folder: Path, dataframe: pd.DataFrame) -> None:
    (folder / dataframe["filename"].iloc[3]).unlink()
    with pytest.warns(TidycnnWarning, match="`dataframe`: 1 of 9 images left out"):
        ours, theirs = from_dataframe(dataframe, folder, weight_col="weight", class_mode="sparse")
    assert ours.filenames == theirs.filenames
    assert_same_batches(ours, theirs)


@pytest.mark.parametrize("y", [np.arange(10), np.arange(10) / 4, np.eye(10)[::-1], np.arange(20.0).reshape(10, 2)])
@pytest.mark.parametrize("sample_weight", [None, np.arange(10) / 3])
def test_flows_of_an_array_are_those_of_keras(y: NDArray[Any], sample_weight: Any) -> None:
    x = np.random.default_rng(1).uniform(0, 255, (10, 6, 5, 3)).astype(np.float32)
    options: dict[str, Any] = {"batch_size": 4, "shuffle": False, "sample_weight": sample_weight}
    ours = flow_images_from_data(x, y, generator=EXACT, **options)
    assert_same_batches(ours, KerasGenerator().flow(x, y, **options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": ["hornet"]}, "`classes` names 'hornet'"),
        ({"target_size": (0, 17)}, "`target_size` must be a whole number of at least 1, not 0"),
        ({"interpolation": "cubic"}, "`interpolation` must be one of"),
        ({"class_mode": "one_hot"}, "`class_mode` must be one of"),
        ({"on_error": "ignore"}, "`on_error` must be one of"),
        ({"cache": "tape"}, "`cache` must be"),
        ({"save_to_dir": "/no/such/folder"}, "`save_to_dir` must be a folder that exists"),
        ({"save_format": "gif"}, "`save_format` must be"),
        ({"subset": "validation"}, "`subset` is 'validation', but the generator has no `validation_split`"),
    ],
)
def test_an_argument_of_class_folders_that_is_wrong_is_named(folder: Path, options: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        flow_images_from_directory(folder, **(SMALL | options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": ["hornet"]}, "`classes` names 'hornet', but the labels in `dataframe` are"),
        ({"x_col": "file"}, "`dataframe` must have the columns 'file'"),
        ({"weight_col": "class"}, "`weight_col` must name columns of numbers"),
        ({"class_mode": "multi_output", "y_col": ["class"]}, "`y_col` must name columns of numbers"),
        ({"y_col": ["class", "age"]}, "`y_col` must be one column where `class_mode` is 'categorical'"),
    ],
)
def test_an_argument_of_a_data_frame_that_is_wrong_is_named(
    folder: Path, dataframe: pd.DataFrame, options: Any, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        flow_images_from_dataframe(dataframe, folder, **(SMALL | options))


def test_transparency_is_dropped_where_colours_are_wanted(tmp_path: Path) -> None:
    path = draw_picture(tmp_path / "pictures" / "a" / "1.png", "RGBA", (17, 13))
    x, _ = flow_images_from_directory(tmp_path / "pictures", color_mode="rgb", **SMALL)[0]
    np.testing.assert_array_equal(x[0], np.asarray(Image.open(path))[:, :, :3])
