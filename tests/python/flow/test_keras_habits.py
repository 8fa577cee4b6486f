"""What those who know Keras's generators write: calls by position, old arguments, attributes, further inputs."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from keras.src.legacy.preprocessing.image import ImageDataGenerator as KerasGenerator
from PIL import Image

from tidycnn import ImageDataGenerator, flow_images_from_data, image_data_generator
from tidycnn.core.errors import InputError, TidycnnWarning
from tidycnn.fit._preparation import flow_preprocessing
from tidycnn.keras_floor.prediction import predict_model

PICTURES = np.random.default_rng(1).uniform(0, 255, (12, 6, 5, 3)).astype(np.float32)
CODES = np.arange(12) % 3


@pytest.fixture
def dataframe(picture_folder: Path) -> pd.DataFrame:
    names = sorted(path.relative_to(picture_folder).as_posix() for path in picture_folder.rglob("*.png"))
    return pd.DataFrame(
        {"id": names, "label": [name.split("/")[0] for name in names], "age": np.arange(len(names)) / 3}
    )


def test_flow_takes_its_arguments_in_the_order_of_keras(tmp_path: Path) -> None:
    arguments = (PICTURES, CODES, 5, False, np.arange(12), 3, str(tmp_path), "seen", "bmp", True, "training")
    ours, theirs = (kind(validation_split=0.25).flow(*arguments) for kind in (ImageDataGenerator, KerasGenerator))
    assert (ours.batch_size, ours.shuffle, ours.seed) == (theirs.batch_size, theirs.shuffle, theirs.seed)
    assert ours.n == theirs.n
    next(ours)
    assert len(list(tmp_path.glob("seen_*_0.bmp"))) == 5


def test_flow_from_directory_takes_its_arguments_in_the_order_of_keras(picture_folder: Path) -> None:
    arguments = (str(picture_folder), (9, 7), "grayscale", ["dog", "cat"], "binary", 3, False, 7)
    ours, theirs = (kind().flow_from_directory(*arguments) for kind in (ImageDataGenerator, KerasGenerator))
    for name in ("image_shape", "class_indices", "class_mode", "batch_size", "shuffle", "seed"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ImageDataGenerator().flow_from_directory(picture_folder, (9, 7), cache="memory").target_size == (9, 7)


def test_flow_from_dataframe_takes_its_arguments_in_the_order_of_keras(
    picture_folder: Path, dataframe: pd.DataFrame
) -> None:
    arguments = (dataframe, str(picture_folder), "id", "label", "age", (9, 7), "grayscale", None, "sparse", 3, False, 7)
    ours, theirs = (kind().flow_from_dataframe(*arguments) for kind in (ImageDataGenerator, KerasGenerator))
    for name in ("image_shape", "class_indices", "class_mode", "batch_size", "shuffle", "seed", "filenames"):
        assert getattr(ours, name) == getattr(theirs, name), name
    np.testing.assert_allclose(ours[0][2], theirs[0][2])


@pytest.mark.parametrize("passed", [{"has_ext": False}, {"sort": True}, {"drop_duplicates": True}])
def test_arguments_that_have_passed_are_taken_and_told(
    picture_folder: Path, dataframe: pd.DataFrame, passed: dict[str, bool]
) -> None:
    with pytest.warns(DeprecationWarning, match=f"`{next(iter(passed))}` has no effect"):
        flow = ImageDataGenerator().flow_from_dataframe(dataframe, picture_folder, "id", "label", **passed)
    assert flow.n == 10


def test_other_is_the_old_name_of_raw(picture_folder: Path, dataframe: pd.DataFrame) -> None:
    with pytest.warns(DeprecationWarning, match="'other' is called 'raw' now"):
        flow = ImageDataGenerator().flow_from_dataframe(
            dataframe, picture_folder, "id", "age", class_mode="other", shuffle=False
        )
    assert flow[0][1].tolist() == dataframe["age"].tolist()


@pytest.mark.parametrize(
    ("y_col", "class_mode"), [("age", "raw"), (["age"], "multi_output"), (["age", "age"], "raw")], ids=str
)
def test_numbers_are_learned_as_they_are(
    picture_folder: Path, dataframe: pd.DataFrame, y_col: Any, class_mode: Any
) -> None:
    options: dict[str, Any] = {"x_col": "id", "y_col": y_col, "class_mode": class_mode, "shuffle": False}
    ours, theirs = (
        kind().flow_from_dataframe(dataframe, str(picture_folder), **options)[0][1]
        for kind in (ImageDataGenerator, KerasGenerator)
    )
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("options", [{"weight_col": "weight", "class_mode": None}, {"y_col": "weight"}], ids=str)
def test_text_that_reads_like_numbers_is_no_number(
    picture_folder: Path, dataframe: pd.DataFrame, options: dict[str, Any]
) -> None:
    texts = dataframe.assign(weight=["2", "5"] * 5)
    with pytest.raises(TypeError, match="must name columns of numbers, but 'weight' holds '2'"):
        ImageDataGenerator().flow_from_dataframe(texts, picture_folder, "id", **({"class_mode": "raw"} | options))


def test_several_outputs_are_a_list_of_columns(picture_folder: Path, dataframe: pd.DataFrame) -> None:
    with pytest.raises(TypeError, match="`y_col` must be a list of columns"):
        ImageDataGenerator().flow_from_dataframe(dataframe, picture_folder, "id", "age", class_mode="multi_output")


@pytest.mark.parametrize("kind", [ValueError, IndexError])
def test_there_is_no_batch_beyond_the_last(kind: type[Exception]) -> None:
    with pytest.raises(kind, match="A pass has 3 batches; there is no batch 3"):
        ImageDataGenerator().flow(PICTURES, batch_size=5)[3]


@pytest.mark.filterwarnings("ignore:There are too few images")
@pytest.mark.parametrize("exact", [False, True])
def test_a_subset_that_lacks_a_label_is_refused(exact: bool) -> None:
    y = np.array([0] * 11 + [1])
    generator = ImageDataGenerator(validation_split=0.5, exact=exact)
    with pytest.raises(ValueError, match="have different labels: '1' is in one of them alone"):
        generator.flow(PICTURES, y, subset="validation")
    assert generator.flow(PICTURES, y, subset="validation", ignore_class_split=True).n == 6


@pytest.mark.parametrize("y", [CODES, None])
@pytest.mark.parametrize("several", [False, True])
def test_a_network_may_take_more_than_pictures(y: Any, several: bool) -> None:
    numbers, maps = np.arange(12) / 7, np.arange(48.0).reshape(12, 2, 2)
    x = (PICTURES, [numbers, maps] if several else numbers)
    ours, theirs = (
        kind(validation_split=0.25).flow(x, y, 4, False, subset="training", ignore_class_split=True)
        for kind in (ImageDataGenerator, KerasGenerator)
    )
    shown = [ours[0][0], theirs[0] if y is None else theirs[0][0]]
    assert len(shown[0]) == len(shown[1]) == (3 if several else 2)
    rows = [int(np.flatnonzero((picture == PICTURES).all(axis=(1, 2, 3)))[0]) for picture in shown[0][0]]
    assert shown[0][1].tolist() == numbers[rows].tolist()
    if several:
        np.testing.assert_array_equal(shown[0][2], maps[rows])


def test_what_lies_beside_pictures_must_be_as_long() -> None:
    with pytest.raises(ValueError, match="equally long: there are 12 pictures, and 13 beside them"):
        ImageDataGenerator().flow((PICTURES, np.zeros(13)), CODES)


@pytest.mark.slow
def test_keras_trains_and_predicts_with_more_than_pictures() -> None:
    import keras

    picture, number = keras.Input((6, 5, 3)), keras.Input((1,))
    joined = keras.layers.Concatenate()([keras.layers.Flatten()(picture), number])
    model = keras.Model([picture, number], keras.layers.Dense(1)(joined))
    model.compile("sgd", "mse")
    flow = ImageDataGenerator(rescale=1 / 255).flow((PICTURES, np.arange(12)[:, None] / 9), CODES, 5, seed=1)
    model.fit(flow, epochs=1, verbose=0)
    inputs = flow.plain()
    expected = np.concatenate([model.predict_on_batch(inputs[i][0]) for i in range(3)])
    np.testing.assert_allclose(model.predict(inputs, verbose=0), expected, rtol=1e-4)
    np.testing.assert_allclose(predict_model(model, flow), expected, rtol=1e-4)


def test_statistics_are_read_and_set_by_the_names_of_keras() -> None:
    options: dict[str, Any] = {"featurewise_center": True, "featurewise_std_normalization": True}
    ours, theirs = (kind(**options) for kind in (ImageDataGenerator, KerasGenerator))
    assert ours.mean is None
    assert ours.std is None
    ours.fit(PICTURES)
    theirs.fit(PICTURES)
    for name in ("mean", "std"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-5)
    for each in (ours, theirs):
        each.mean, each.std = np.array([1.0, 2.0, 3.0]), np.array([[[4.0, 5.0, 6.0]]])
    shown = [each.flow(PICTURES, shuffle=False)[0] for each in (ours, theirs)]
    np.testing.assert_allclose(*shown, rtol=1e-5)
    assert (ours.row_axis, ours.col_axis, ours.channel_axis) == (theirs.row_axis, theirs.col_axis, theirs.channel_axis)


def test_a_matrix_that_whitens_is_read_and_set_by_the_names_of_keras() -> None:
    ours = ImageDataGenerator(zca_whitening=True).fit(PICTURES)
    other = ImageDataGenerator(zca_whitening=True)
    other.mean, other.zca_whitening_matrix = ours.mean, ours.principal_components
    np.testing.assert_array_equal(other.flow(PICTURES, seed=1)[0], ours.flow(PICTURES, seed=1)[0])


@pytest.mark.parametrize("subset", ["training", "validation"])
def test_a_generator_may_learn_after_its_flows_were_made(picture_folder: Path, subset: Any) -> None:
    options: dict[str, Any] = {"featurewise_center": True, "featurewise_std_normalization": True}
    late, early = (ImageDataGenerator(validation_split=0.4, **options) for _ in range(2))
    chosen: dict[str, Any] = {"target_size": (8, 6), "subset": subset, "seed": 1}
    flow = late.flow_from_directory(picture_folder, **chosen)
    with pytest.raises(InputError, match="has learned none"):
        next(flow)
    with pytest.raises(InputError, match="has learned none"):
        flow_preprocessing(flow)
    flow.reset()
    for generator in (late, early):
        generator.fit(PICTURES)
    np.testing.assert_array_equal(flow[0][0], early.flow_from_directory(picture_folder, **chosen)[0][0])
    late.fit(PICTURES / 2)
    assert flow.preprocessing.statistics is late.statistics


def test_a_mean_that_changes_nothing_is_told() -> None:
    generator = ImageDataGenerator()
    with pytest.warns(TidycnnWarning, match="`mean` changes no picture.*`featurewise_center = True`"):
        generator.mean = [1, 2, 3]
    np.testing.assert_array_equal(generator.flow(PICTURES, shuffle=False)[0], PICTURES)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("mean", "grey", "`mean` must be one number for each channel"),
        ("std", np.ones((2, 2)), "`std` must be one number for each channel"),
        ("zca_whitening_matrix", [1, 2], "`zca_whitening_matrix` must be a square matrix"),
        ("men", [1, 2, 3], "A generator has no `men`"),
        ("rotation_range", 3, "`rotation_range` of a generator cannot be changed"),
    ],
)
def test_what_a_generator_cannot_be_told_is_named(name: str, value: Any, message: str) -> None:
    with pytest.raises((InputError, AttributeError), match=message):
        setattr(image_data_generator(featurewise_center=True), name, value)


@pytest.mark.parametrize("save_format", ["bmp", "tiff", "webp"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_are_saved_in_other_formats(tmp_path: Path, save_format: Any, channels: int) -> None:
    x = np.random.default_rng(1).uniform(0, 255, (2, 6, 5, channels))
    next(flow_images_from_data(x, save_to_dir=tmp_path, save_format=save_format))
    saved = sorted(tmp_path.iterdir())
    assert [path.suffix for path in saved] == [f".{save_format}"] * 2
    assert Image.open(saved[0]).size == (5, 6)


def test_no_label_is_lost_where_labels_are_not_asked_for(picture_folder: Path, dataframe: pd.DataFrame) -> None:
    several = dataframe.assign(label=[[label, "pet"] for label in dataframe["label"]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flow = ImageDataGenerator().flow_from_dataframe(several, picture_folder, "id", "label", class_mode=None)
    assert flow.n == 10
