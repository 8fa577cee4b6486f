"""Flows in passes: `next()`, data sets, training, other processes, files that vanish, saved pictures, caches."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from keras.src.legacy.preprocessing.image import ImageDataGenerator as KerasGenerator
from PIL import Image

from tidycnn import (
    as_tf_dataset,
    flow_images,
    flow_images_from_data,
    flow_images_from_dataframe,
    flow_images_from_directory,
    image_data_generator,
    image_table,
)
from tidycnn.core.errors import ImageFileError, InputError, TidycnnWarning

AUGMENTING: dict[str, Any] = {
    "rotation_range": 40,
    "height_shift_range": 3.0,
    "zoom_range": 0.3,
    "brightness_range": (0.6, 1.4),
    "channel_shift_range": 20,
    "horizontal_flip": True,
}
AUGMENTED = image_data_generator(rescale=1 / 255, **AUGMENTING)
SMALL: dict[str, Any] = {"target_size": (13, 17), "batch_size": 4, "shuffle": False}


def counting(n: int = 10, **options: Any) -> Any:
    """Give a flow of pictures that are as grey as their number."""
    x = np.arange(n, dtype=np.uint8).repeat(16).reshape(n, 4, 4, 1)
    return flow_images_from_data(x, np.arange(n), **({"batch_size": 4, "seed": 1} | options))


def test_next_stands_where_that_of_keras_stands() -> None:
    ours = counting(shuffle=False)
    theirs = KerasGenerator().flow(ours.pictures.array, np.arange(10), batch_size=4, shuffle=False)
    for _ in range(7):
        for mine, other in zip(next(ours), next(theirs), strict=True):
            np.testing.assert_array_equal(mine, other)
        assert (ours.batch_index, ours.total_batches_seen) == (theirs.batch_index, theirs.total_batches_seen)
        assert ours.index_array.tolist() == theirs.index_array.tolist()


def test_for_goes_on_through_the_passes() -> None:
    flow = counting()
    shown = [y.tolist() for _, y in islice(flow, 9)]
    passes = [list(chain(*shown[3 * i : 3 * i + 3])) for i in range(3)]
    assert all(sorted(each) == list(range(10)) for each in passes)
    assert shown == [flow.batch(*divmod(k, 3))[1].tolist() for k in range(9)]
    assert flow.total_batches_seen == 9


def test_index_array_is_the_order_of_the_pass() -> None:
    flow = counting()
    for _ in range(2):
        order = flow.index_array.tolist()
        assert list(chain(*(flow.next()[1].tolist() for _ in range(3)))) == order


def test_reset_begins_the_next_pass() -> None:
    flow = counting()
    next(flow)
    flow.reset()
    assert (flow.batch_index, flow.total_batches_seen) == (0, 1)
    assert [next(flow)[1].tolist() for _ in range(3)] == [flow.batch(1, i)[1].tolist() for i in range(3)]
    flow.reset()  # At the end of a pass there is nothing to leave.
    assert next(flow)[1].tolist() == flow.batch(2, 0)[1].tolist()


def noise(**options: Any) -> Any:
    """Give an augmenting flow of pictures that are all different."""
    x = np.random.default_rng(1).uniform(0, 255, (10, 6, 6, 3)).astype(np.float32)
    return flow_images_from_data(x, np.arange(10), generator=AUGMENTED, **({"batch_size": 4, "seed": 1} | options))


def test_a_batch_that_is_asked_again_is_augmented_anew() -> None:
    flow = noise()
    shown = [flow[0] for _ in range(4)]
    for k, (x, y) in enumerate(shown):
        np.testing.assert_array_equal(x, flow.batch(0, 0, augmented_as=k)[0])
        assert y.tolist() == shown[0][1].tolist()
    assert len({x.tobytes() for x, _ in shown}) == 4


def test_two_readings_of_a_pass_go_together() -> None:
    flow = counting()
    pictures = np.concatenate([flow[i][0] for i in range(3)])
    numbers = np.concatenate([flow[i][1] for i in range(3)])
    assert pictures[:, 0, 0, 0].tolist() == numbers.tolist()


def test_the_end_of_an_epoch_goes_on_to_a_pass_that_has_shown_nothing() -> None:
    flow = noise()
    for i in (0, 1, 0, 2):
        flow[i]
    flow.on_epoch_end()
    flow.on_epoch_end()  # As Keras calls it before the first epoch and after a validation.
    assert flow.epoch == 2
    for i in range(3):
        np.testing.assert_array_equal(flow[i][0], flow.batch(2, i)[0])


def set_around(flow: Any, shown: list[Any]) -> Any:
    """Make a data set of Keras's around a flow, which says nothing of epochs, and keep what it gives."""
    import keras

    class Around(keras.utils.PyDataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return len(flow)

        def __getitem__(self, index: int) -> Any:
            shown.append(flow[index])
            return shown[-1]

    return Around()


@pytest.mark.slow
@pytest.mark.parametrize("shuffle", [False, True])
def test_a_data_set_around_a_flow_shows_each_picture_anew_in_each_epoch(shuffle: bool) -> None:
    import keras

    model = keras.Sequential([keras.layers.Input((6, 6, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e-6), "mse")
    shown: list[Any] = []
    model.fit(set_around(noise(), shown), epochs=3, shuffle=shuffle, verbose=0)
    shown = shown[-9:]  # Keras tries the first two batches.
    for epoch in range(3):
        seen = np.concatenate([y for _, y in shown[3 * epoch : 3 * epoch + 3]])
        assert sorted(seen.tolist()) == list(range(10))
    pictures = {picture.tobytes() for x, _ in shown for picture in x}
    assert len(pictures) == 30


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 3])
def test_each_epoch_of_keras_is_a_pass_of_its_own(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    import keras

    model = keras.Sequential([keras.layers.Input((6, 6, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e-6), "mse")
    flow = noise()
    flow.workers = workers
    asked: list[tuple[int, int | None]] = []
    make = type(flow).batch

    def batch(self: Any, epoch: int, index: int, *, augmented_as: int | None = None) -> Any:
        asked.append((epoch, augmented_as))
        return make(self, epoch, index, augmented_as=augmented_as)

    monkeypatch.setattr(type(flow), "batch", batch)
    model.fit(flow, epochs=3, verbose=0)
    assert asked[-9:] == [(number, number) for number in (1, 2, 3) for _ in range(3)]


def test_workers_may_ask_before_keras_tells_of_the_beginning() -> None:
    flow = noise()
    shown = [flow[0], flow[1]]
    flow.on_epoch_begin()
    shown.append(flow[2])
    assert sorted(np.concatenate([y for _, y in shown]).tolist()) == list(range(10))


@pytest.mark.slow
def test_a_python_generator_goes_on_through_the_passes(model: Any) -> None:
    flow, shown = counting(), []

    def batches() -> Any:
        for batch in flow:
            shown.append(batch[1].tolist())
            yield batch

    model.fit(batches(), steps_per_epoch=4, epochs=3, verbose=0)
    assert shown[:12] == [flow.batch(*divmod(k, 3))[1].tolist() for k in range(12)]


def test_the_pictures_that_are_to_be_made_again_are_an_array_of_their_own(picture_folder: Path) -> None:
    flow = flow_images_from_directory(picture_folder, class_mode="input", **SMALL)
    x, y = flow[0]
    np.testing.assert_array_equal(x, y)
    x += 1
    np.testing.assert_array_equal(x, y + 1)


@pytest.mark.parametrize(
    "name", ["filenames", "filepaths", "classes", "labels", "levels", "images", "class_indices", "n", "index_array"]
)
def test_what_a_flow_tells_cannot_be_changed(name: str) -> None:
    flow = counting()
    with pytest.raises(AttributeError, match=f"`{name}` of a flow cannot be changed"):
        setattr(flow, name, getattr(flow, name))


def test_names_and_classes_of_a_flow_cannot_be_changed_in_place() -> None:
    flow = counting(shuffle=False)
    with pytest.raises(InputError, match="cannot be changed"):
        flow.filenames.sort()
    with pytest.raises(InputError, match="cannot be changed"):
        flow.filenames[0] = "other"
    with pytest.raises(ValueError, match="read-only"):
        flow.classes[0] = 3
    assert flow.filenames == [f"picture {i + 1}" for i in range(10)]
    assert pickle.loads(pickle.dumps(flow)).filenames == flow.filenames


def test_the_same_seed_gives_the_same(picture_folder: Path) -> None:
    flows = [
        flow_images_from_directory(picture_folder, AUGMENTED, **(SMALL | {"shuffle": True, "seed": s}))
        for s in (3, 3, 4)
    ]
    shown = [[next(flow)[0] for _ in range(4)] for flow in flows]
    for one, same, other in zip(*shown, strict=True):
        np.testing.assert_array_equal(one, same)
        assert one.shape != other.shape or not np.array_equal(one, other)


def test_flows_that_are_read_in_turns_give_what_each_gives_alone(picture_folder: Path) -> None:
    flows = [flow_images_from_directory(picture_folder, AUGMENTED, seed=seed, **SMALL) for seed in (1, 2)]
    alone = [[flow.batch(*divmod(k, 3))[0] for k in range(5)] for flow in flows]
    for k in range(5):
        for flow, expected in zip(flows, alone, strict=True):
            np.testing.assert_array_equal(next(flow)[0], expected[k])


def test_other_processes_are_refused() -> None:
    with pytest.raises(InputError, match="`use_multiprocessing` must be False"):
        counting().use_multiprocessing = True


def test_a_data_set_has_the_length_and_the_shapes_of_its_flow(picture_folder: Path) -> None:
    dataset = as_tf_dataset(flow_images_from_directory(picture_folder, **SMALL))
    assert int(dataset.cardinality()) == 3
    assert [tuple(part.shape) for part in dataset.element_spec] == [(None, 13, 17, 3), (None, 2)]


def test_a_data_set_goes_on_to_the_next_pass() -> None:
    flow = counting()
    dataset = as_tf_dataset(flow)
    for epoch in range(3):
        assert [y.numpy().tolist() for _, y in dataset] == [flow.batch(epoch, i)[1].tolist() for i in range(3)]


def test_a_data_set_has_an_array_for_each_output(tmp_path: Path) -> None:
    options: dict[str, Any] = {"y_col": ["level", "weight"], "weight_col": "weight", "class_mode": "multi_output"}
    flow = flow_images_from_dataframe(grey_files(tmp_path), tmp_path, target_size=(4, 4), seed=1, **options)
    [(x, (level, weight), weights)] = [*as_tf_dataset(flow)]
    for values in (level, weight, weights):
        assert values.numpy().tolist() == x[:, 0, 0, 0].numpy().tolist()


def test_readers_of_a_data_set_in_turns_see_each_picture_once() -> None:
    import tensorflow as tf

    dataset = as_tf_dataset(counting(n=40))
    shown = list(tf.data.Dataset.zip((dataset, dataset)))
    for reader in range(2):
        assert sorted(np.concatenate([pair[reader][1].numpy() for pair in shown]).tolist()) == list(range(40))


@pytest.fixture(scope="module")
def model() -> Any:
    import keras

    layers = [keras.layers.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)]
    made = keras.Sequential(layers)
    made.compile(keras.optimizers.SGD(1e-6), "mse")
    return made


@pytest.mark.slow
def test_keras_fits_evaluates_and_predicts_with_a_flow(model: Any) -> None:
    flow = counting(shuffle=False)
    history = model.fit(flow, validation_data=counting(shuffle=False), epochs=2, verbose=0).history
    x = np.concatenate([flow[i][0] for i in range(3)])
    predicted = model.predict(flow, verbose=0)
    np.testing.assert_allclose(predicted, model.predict_on_batch(x), rtol=1e-4)
    loss = model.evaluate(flow, verbose=0)
    assert loss == pytest.approx(np.mean((predicted[:, 0] - np.arange(10)) ** 2), rel=1e-4)
    assert history["val_loss"][-1] == pytest.approx(loss, rel=1e-4)


@pytest.mark.slow
def test_keras_fits_with_a_data_set(model: Any) -> None:
    dataset = as_tf_dataset(counting(shuffle=False))
    history = model.fit(dataset, validation_data=dataset, epochs=2, shuffle=False, verbose=0).history
    assert history["val_loss"][-1] == pytest.approx(model.evaluate(counting(shuffle=False), verbose=0), rel=1e-4)


@pytest.mark.slow
def test_a_pickled_flow_gives_the_same_batch_in_another_process(picture_folder: Path, tmp_path: Path) -> None:
    flow = flow_images_from_directory(picture_folder, AUGMENTED, **(SMALL | {"shuffle": True, "seed": 1}))
    next(flow)
    (tmp_path / "flow.pickle").write_bytes(pickle.dumps(flow))
    code = (
        "import pickle, sys, numpy; from pathlib import Path\n"
        "flow = pickle.loads(Path(sys.argv[1], 'flow.pickle').read_bytes())\n"
        "x, y = next(flow); numpy.savez(Path(sys.argv[1], 'batch.npz'), x=x, y=y)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=120)
    batch = np.load(tmp_path / "batch.npz")
    for name, expected in zip("xy", flow.batch(0, 1), strict=True):
        np.testing.assert_array_equal(batch[name], expected)


def grey_files(tmp_path: Path, n: int = 6) -> pd.DataFrame:
    """Draw files that are as grey as their number, which is their target and their weight too."""
    for i in range(n):
        Image.fromarray(np.full((8, 8, 3), i, np.uint8)).save(tmp_path / f"{i}.png")
    return pd.DataFrame({"filename": [f"{i}.png" for i in range(n)], "level": np.arange(n), "weight": np.arange(n)})


def grey_flow(tmp_path: Path, on_error: Any) -> Any:
    options: dict[str, Any] = {"y_col": ["level"], "weight_col": "weight", "class_mode": "multi_output"}
    frame = grey_files(tmp_path)
    return flow_images_from_dataframe(frame, tmp_path, on_error=on_error, target_size=(4, 4), batch_size=3, **options)


def test_a_file_that_vanishes_stops_with_its_name(tmp_path: Path) -> None:
    flow = grey_flow(tmp_path, "stop")
    (tmp_path / "2.png").unlink()
    with pytest.raises(ImageFileError, match=r"2\.png"):
        [flow[i] for i in range(2)]


def test_a_file_that_vanishes_is_left_out_with_its_target_and_weight(tmp_path: Path) -> None:
    flow = grey_flow(tmp_path, "skip")
    (tmp_path / "2.png").unlink()
    with pytest.warns(TidycnnWarning, match=r"2\.png.*left out"):
        batches = [flow[i] for i in range(2)]
    levels = [(x[:, 0, 0, 0].tolist(), y[0].tolist(), weights.tolist()) for x, y, weights in batches]
    assert all(seen == target == weight for seen, target, weight in levels)
    assert sorted(levels[0][0] + levels[1][0]) == [0, 1, 3, 4, 5]


def test_each_file_that_is_left_out_is_told_once(tmp_path: Path) -> None:
    flow = grey_flow(tmp_path, "skip")
    for i in (2, 4):
        (tmp_path / f"{i}.png").write_bytes(b"no picture")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        [next(flow) for _ in range(6)]
    assert len([each for each in told if issubclass(each.category, TidycnnWarning)]) == 2


@pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")
def test_a_flow_without_any_file_is_an_error(tmp_path: Path) -> None:
    flow = grey_flow(tmp_path, "skip")
    for path in tmp_path.glob("*.png"):
        path.unlink()
    with pytest.raises(ImageFileError, match=r"\.png"):
        flow[0]


@pytest.mark.parametrize("save_format", ["png", "jpeg"])
@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
def test_what_is_shown_is_saved_by_row_and_epoch(
    picture_folder: Path, tmp_path: Path, save_format: Any, color_mode: Any
) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    options = SMALL | {"save_to_dir": saved, "save_prefix": "seen", "save_format": save_format}
    flow = flow_images_from_directory(picture_folder, AUGMENTED, color_mode=color_mode, **options)
    for _ in range(4):
        next(flow)
    names = [f"seen_{row}_0.{save_format}" for row in range(10)] + [f"seen_{row}_1.{save_format}" for row in range(4)]
    assert sorted(path.name for path in saved.iterdir()) == sorted(names)
    assert Image.open(saved / names[0]).size == (17, 13)


@pytest.mark.parametrize("cache", ["memory", "disk"])
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize(
    "options",
    [
        {"generator": image_data_generator()},
        {"generator": AUGMENTED},
        {"generator": AUGMENTED, "interpolation": "bicubic", "color_mode": "grayscale"},
        {"generator": AUGMENTED, "keep_aspect_ratio": True},
        {"generator": image_data_generator(exact=True, **AUGMENTING), "color_mode": "rgba"},
        {"generator": image_data_generator(interpolation_order=0, rotation_range=30)},
    ],
    ids=["plain", "augmented", "bicubic grey", "cut", "exact rgba", "order 0"],
)
def test_a_cache_changes_no_pixel(draw_folder: Callable[..., Path], cache: Any, suffix: str, options: Any) -> None:
    for i, size in enumerate([(61, 43), (34, 26), (90, 110), (20, 12)]):
        folder = draw_folder({f"class {i}": 1}, size=size, suffix=suffix)
    images, options = image_table(folder, progress=False), SMALL | {"batch_size": 3, "seed": 1} | options
    kept, read = flow_images(images, cache=cache, **options), flow_images(images, **options)
    for _ in range(4):
        np.testing.assert_array_equal(next(kept)[0], next(read)[0])
