"""Flows: which pictures, in which order, in which batches."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tidycnn import flow_images, image_data_generator, image_table
from tidycnn.core.errors import ImageFileError, InputError, TidycnnWarning
from tidycnn.flow.batches import EpochView, ImageFlow
from tidycnn.flow.making import make_flow, make_prediction_flow
from tidycnn.flow.options import FlowOptions

AUGMENTED = image_data_generator(rescale=1 / 255, rotation_range=20, width_shift_range=0.2, horizontal_flip=True)


@pytest.fixture
def images(picture_folder: Path) -> pd.DataFrame:
    return image_table(picture_folder, progress=False)


def small_flow(images: pd.DataFrame, generator: Any = AUGMENTED, **options: Any) -> Any:
    return flow_images(images, generator, **({"target_size": (8, 12), "batch_size": 4, "seed": 1} | options))


def plain_picture(path: str) -> NDArray[np.float32]:
    pixels = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
    return cv2.resize(pixels, (12, 8), interpolation=cv2.INTER_AREA).astype(np.float32)


def test_batches_are_fresh_float32_pictures_and_targets(images: pd.DataFrame) -> None:
    flow = small_flow(images)
    x, y = flow[0]
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((4, 8, 12, 3), np.float32, (4, 2), np.float32)
    assert 0 <= x.min() < x.max() <= 1
    assert flow[0][0] is not x


def test_the_last_batch_holds_the_rest(images: pd.DataFrame) -> None:
    assert [len(small_flow(images)[i][1]) for i in range(3)] == [4, 4, 2]


def test_a_flow_knows_its_images(images: pd.DataFrame) -> None:
    flow = small_flow(images)
    assert (flow.n, flow.samples, len(flow), flow.num_classes) == (10, 10, 3, 2)
    assert flow.class_indices == {"cat": 0, "dog": 1}
    assert flow.levels == ["cat", "dog"]
    assert flow.image_shape == (8, 12, 3)
    assert flow.filepaths == images["path"].tolist()
    assert flow.labels.tolist() == [0] * 6 + [1] * 4
    assert repr(flow) == "<ImageFlow: 10 images of 2 labels in 3 batches of 4, 8 x 12 x 3>"


@pytest.mark.parametrize("shuffle", [False, True])
def test_pictures_labels_and_rows_agree(images: pd.DataFrame, shuffle: bool) -> None:
    flow = small_flow(images, image_data_generator(), shuffle=shuffle)
    for epoch in range(2):
        for index in range(len(flow)):
            x, y = flow.batch(epoch, index)
            rows = flow.batch_rows(epoch, index)
            assert y.argmax(axis=1).tolist() == flow.classes[rows].tolist()
            for picture, row in zip(x, rows, strict=True):
                np.testing.assert_array_equal(picture, plain_picture(flow.filepaths[row]))


def test_a_pass_shows_every_image_once_in_an_order_of_its_own(images: pd.DataFrame) -> None:
    flow = small_flow(images)
    passes = [np.concatenate([flow.batch_rows(epoch, i) for i in range(3)]).tolist() for epoch in range(3)]
    assert all(sorted(rows) == list(range(10)) for rows in passes)
    assert len({tuple(rows) for rows in passes}) == 3


def test_without_shuffling_the_order_is_that_of_the_frame(images: pd.DataFrame) -> None:
    assert small_flow(images, shuffle=False).batch_rows(5, 1).tolist() == [4, 5, 6, 7]


def test_contents_depend_on_seed_and_epoch_alone(images: pd.DataFrame) -> None:
    flow, again = small_flow(images), small_flow(images)
    flow.batch(0, 0)
    np.testing.assert_array_equal(flow.batch(7, 1)[0], again.batch(7, 1)[0])
    assert not np.array_equal(small_flow(images, seed=2).batch(7, 1)[0], again.batch(7, 1)[0])


def test_a_picture_is_the_same_in_whatever_batch_it_stands(images: pd.DataFrame) -> None:
    small, large = small_flow(images, batch_size=3), small_flow(images, batch_size=10)
    whole, rows = large.batch(2, 0)[0], large.batch_rows(2, 0)
    np.testing.assert_array_equal(small.batch(2, 1)[0], whole[[list(rows).index(r) for r in small.batch_rows(2, 1)]])


def test_augmentation_differs_between_epochs(images: pd.DataFrame) -> None:
    flow = small_flow(images, shuffle=False)
    assert not np.array_equal(flow.batch(0, 0)[0], flow.batch(1, 0)[0])
    plain = small_flow(images, AUGMENTED.without_augmentation(), shuffle=False)
    np.testing.assert_array_equal(plain.batch(0, 0)[0], plain.batch(1, 0)[0])


def test_many_threads_at_once_get_the_same_batches(images: pd.DataFrame) -> None:
    flow = small_flow(images)
    expected = [flow.batch(1, i)[0] for i in range(3)]
    found: dict[int, Any] = {}
    threads = [threading.Thread(target=lambda i=i: found.update({i: flow.batch(1, i % 3)[0]})) for i in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(9):
        np.testing.assert_array_equal(found[i], expected[i % 3])


@pytest.mark.parametrize(
    ("class_mode", "expected"),
    [
        ("categorical", [[1, 0], [1, 0], [0, 1], [0, 1]]),
        ("binary", [0, 0, 1, 1]),
        ("sparse", [0, 0, 1, 1]),
    ],
)
def test_class_modes(images: pd.DataFrame, class_mode: str, expected: list[Any]) -> None:
    _, y = small_flow(images, shuffle=False, class_mode=class_mode)[1]
    assert y.tolist() == expected


def test_class_mode_input_gives_the_pictures_themselves(images: pd.DataFrame) -> None:
    x, y = small_flow(images, class_mode="input")[0]
    np.testing.assert_array_equal(x, y)


def test_class_mode_none_gives_pictures_alone_and_needs_no_labels(images: pd.DataFrame) -> None:
    assert small_flow(images.drop(columns="label"), class_mode="none")[0].shape == (4, 8, 12, 3)


@pytest.mark.parametrize("mode", [("grayscale", 1), ("rgba", 4)])
def test_color_modes_give_their_channels(images: pd.DataFrame, mode: tuple[str, int]) -> None:
    x, _ = small_flow(images, color_mode=mode[0])[0]
    assert x.shape == (4, 8, 12, mode[1])


def test_binary_needs_two_labels(draw_folder: Any) -> None:
    images = image_table(draw_folder({"a": 1, "b": 1, "c": 1}), progress=False)
    with pytest.raises(InputError, match="'binary' needs two labels, but `images` has 3: 'a', 'b' and 'c'"):
        small_flow(images, class_mode="binary")


def test_images_without_labels_are_refused_where_labels_are_needed(images: pd.DataFrame) -> None:
    images = images.assign(label=images["label"].where(images["label"] == "cat"))
    with pytest.raises(InputError, match="`images` has 4 rows without a label"):
        small_flow(images)
    with pytest.raises(InputError, match="no column `label`"):
        small_flow(images.drop(columns="label"))


def test_files_that_cannot_be_decoded_are_left_out_and_counted(images: pd.DataFrame) -> None:
    Path(images["path"][2]).write_bytes(b"no picture")
    with pytest.warns(TidycnnWarning, match=r"`images`: 1 of 10 images left out \(1 not an image\)"):
        flow = small_flow(images.drop(columns="status"))
    assert flow.n == 9
    assert images["path"][2] not in flow.filepaths


def test_no_image_at_all_is_an_error(images: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="`images` has no image that can be decoded"):
        small_flow(images.iloc[:0])


def test_a_file_that_breaks_later_is_named(images: pd.DataFrame) -> None:
    flow = small_flow(images, shuffle=False)
    Path(images["path"][1]).write_bytes(b"no picture")
    with pytest.raises(ImageFileError, match="cat_001"):
        flow[0]
    assert flow[1][0].shape == (4, 8, 12, 3)


def test_a_file_that_vanishes_later_is_named(images: pd.DataFrame) -> None:
    flow = small_flow(images, shuffle=False)
    Path(images["path"][1]).unlink()
    with pytest.raises(ImageFileError, match="cat_001"):
        flow[0]


def test_the_frame_given_is_not_changed(images: pd.DataFrame) -> None:
    before = images.copy()
    small_flow(images)[0]
    pd.testing.assert_frame_equal(images, before)


def test_any_index_of_the_frame_will_do(images: pd.DataFrame) -> None:
    flow = small_flow(images.iloc[::-1], shuffle=False)
    assert flow.images.index.tolist() == list(range(9, -1, -1))
    assert flow.filepaths == images["path"].tolist()[::-1]


def test_batches_beyond_a_pass_do_not_exist(images: pd.DataFrame) -> None:
    with pytest.raises(IndexError):
        small_flow(images)[3]


def test_subsets_are_stratified_disjoint_and_complete_whatever_the_seed(draw_folder: Any) -> None:
    images = image_table(draw_folder({"cat": 20, "dog": 10}), progress=False)
    generator = image_data_generator(validation_split=0.2)
    training = small_flow(images, generator, subset="training", seed=1)
    validation = small_flow(images, generator, subset="validation", seed=None)
    assert sorted(training.filepaths + validation.filepaths) == sorted(images["path"])
    assert validation.images["label"].value_counts().to_dict() == {"cat": 4, "dog": 2}
    first = images["path"].groupby(images["label"], observed=True).head(4)
    assert not set(validation.filepaths) <= set(first)


def test_another_split_seed_takes_other_images(draw_folder: Any) -> None:
    images = image_table(draw_folder({"cat": 20}), progress=False)
    chosen = [
        small_flow(images, image_data_generator(validation_split=0.5, split_seed=seed), subset="validation").filepaths
        for seed in (1, 2)
    ]
    assert chosen[0] != chosen[1]


def test_subsets_divide_no_group(images: pd.DataFrame) -> None:
    images = images.assign(group=["a"] * 3 + ["b"] * 3 + ["c"] * 2 + ["d"] * 2)
    generator = image_data_generator(validation_split=0.5)
    groups = [set(small_flow(images, generator, subset=s).images["group"]) for s in ("training", "validation")]
    assert not groups[0] & groups[1]


def test_the_validation_subset_is_never_augmented(images: pd.DataFrame) -> None:
    generator = image_data_generator(rotation_range=90, brightness_range=(0.1, 0.2), validation_split=0.5)
    flow = small_flow(images, generator, subset="validation", shuffle=False, batch_size=1)
    np.testing.assert_array_equal(flow[0][0][0], plain_picture(flow.filepaths[0]))
    assert small_flow(images, generator, subset="training").generator.is_augmenting


def test_a_view_goes_on_through_the_passes(images: pd.DataFrame) -> None:
    flow = small_flow(images)
    for steps in (2, 5):
        view = flow.view(steps)
        assert len(view) == steps
        shown = [view.batch_rows(epoch, step).tolist() for epoch in range(6) for step in range(steps)]
        endless = [flow.batch_rows(k // 3, k % 3).tolist() for k in range(6 * steps)]
        assert shown == endless


def test_a_view_gives_the_batches_of_its_epoch(images: pd.DataFrame) -> None:
    flow = small_flow(images)
    view = flow.view()
    assert len(view) == 3
    view.set_epoch(4)
    np.testing.assert_array_equal(view[1][0], flow.batch(4, 1)[0])
    view.on_epoch_end()
    view.on_epoch_begin()
    np.testing.assert_array_equal(view[1][0], flow.batch(4, 1)[0])


def test_a_view_has_at_least_one_step(images: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="`steps`"):
        EpochView(small_flow(images), 0)


def test_set_epoch_says_which_pass_is_indexed(images: pd.DataFrame) -> None:
    flow = small_flow(images)
    flow.set_epoch(3)
    np.testing.assert_array_equal(flow[0][0], flow.batch(3, 0)[0])
    flow.on_epoch_end()
    np.testing.assert_array_equal(flow[0][0], flow.batch(4, 0)[0])


def test_other_processes_are_refused(images: pd.DataFrame) -> None:
    flow = small_flow(images)
    for batches in (flow, flow.view()):
        with pytest.raises(InputError, match="`use_multiprocessing` must be False"):
            batches.use_multiprocessing = True
        assert not batches.use_multiprocessing


def test_a_flow_can_be_pickled(images: pd.DataFrame) -> None:
    flow = small_flow(images)
    flow[0]
    copy = pickle.loads(pickle.dumps(flow))
    np.testing.assert_array_equal(copy.batch(1, 0)[0], flow.batch(1, 0)[0])


@pytest.mark.slow
def test_a_flow_works_in_a_forked_child(picture_folder: Path) -> None:
    code = (
        "import os, sys; from tidycnn import flow_images, image_table\n"
        f"flow = flow_images(image_table({str(picture_folder)!r}), target_size=(8, 8)); flow[0]\n"
        "child = os.fork()\n"
        "if child == 0: os._exit(0 if len(flow[0][0]) == 10 else 1)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_function_is_called_on_the_thread_that_asks(images: pd.DataFrame) -> None:
    threads = set()

    def note(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        threads.add(threading.get_ident())
        return picture + 1

    flow = small_flow(images, image_data_generator(preprocessing_function=note), shuffle=False)
    np.testing.assert_array_equal(flow[0][0][0], plain_picture(flow.filepaths[0]) + 1)
    assert threads == {threading.get_ident()}
    assert not flow.needs_main_thread


def test_a_flow_says_that_its_function_needs_the_main_thread(images: pd.DataFrame) -> None:
    def function(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return picture

    function.needs_main_thread = True  # type: ignore[attr-defined]
    flow = small_flow(images, image_data_generator(preprocessing_function=function))
    assert flow.needs_main_thread


def test_prediction_repeats_the_preprocessing_in_order(images: pd.DataFrame) -> None:
    flow = small_flow(images)
    predicted = make_prediction_flow(images.drop(columns="label"), flow.preprocessing, batch_size=4)
    expected = small_flow(images, AUGMENTED.without_augmentation(), shuffle=False)
    np.testing.assert_array_equal(predicted[2], expected[2][0])


@pytest.mark.slow
def test_keras_fits_evaluates_and_predicts_with_a_flow(images: pd.DataFrame) -> None:
    import keras

    layers = [keras.layers.Input((8, 12, 3)), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")]
    model = keras.Sequential(layers)
    model.compile("sgd", "categorical_crossentropy")
    flow = small_flow(images)
    passes: list[int] = []
    make: Any = flow.batch
    flow.batch = lambda epoch, index, **options: (passes.append(epoch), make(epoch, index, **options))[1]
    history = model.fit(flow, validation_data=small_flow(images), epochs=3, verbose=0)
    assert len(history.history["val_loss"]) == 3
    # Keras looks at the first two batches of the first epoch beforehand.
    assert passes == [0] * 2 + [1] * 3 + [2] * 3 + [3] * 3
    assert np.isfinite(model.evaluate(small_flow(images), verbose=0))
    unshuffled: ImageFlow = small_flow(images, class_mode="none", shuffle=False)
    assert model.predict(unshuffled, verbose=0).shape == (10, 2)


@pytest.mark.parametrize("cache", [False, "memory"])
def test_pictures_without_augmentation_are_those_of_a_flow_that_has_none(draw_folder: Any, cache: Any) -> None:
    images = image_table(draw_folder({"cat": 3, "dog": 3}, size=(90, 50), suffix=".jpg"), progress=False)
    augmented, still = (
        make_flow(
            images,
            image_data_generator(rescale=1 / 255, rotation_range=r),
            FlowOptions(target_size=(16, 16), cache=cache, seed=1),
        )
        for r in (20.0, 0.0)
    )
    np.testing.assert_array_equal(augmented.plain()[0], still.plain()[0])
    np.testing.assert_allclose(augmented.bare()[0] / 255, still.plain()[0], atol=1e-6)


@pytest.mark.slow
def test_keras_tuner_searches_with_flows(images: pd.DataFrame, tmp_path: Path) -> None:
    import keras
    import keras_tuner

    def build(space: Any) -> Any:
        units = space.Choice("units", [2, 4])
        layers = [
            keras.Input((8, 12, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
        model = keras.Sequential(layers)
        model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        return model

    tuner = keras_tuner.RandomSearch(build, objective="val_loss", max_trials=2, directory=tmp_path, seed=1)
    held = small_flow(images, image_data_generator(rescale=1 / 255), shuffle=False)
    tuner.search(small_flow(images), validation_data=held, epochs=2, verbose=0)
    scores = [trial.score for trial in tuner.oracle.get_best_trials(2)]
    assert len(scores) == 2
    best = tuner.get_best_models()[0]
    assert best.evaluate(held, verbose=0)[0] == pytest.approx(scores[0], rel=1e-4)
