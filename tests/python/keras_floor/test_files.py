"""Models in files of Keras."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, StoreError, TidycnnWarning, UnsafeError
from tidycnn.keras_floor.files import load_model_file, save_model_file
from tidycnn.train.decay import remember_decay


def network(layer: keras.layers.Layer | None = None) -> keras.Model:
    layers = [keras.Input((4,)), *([] if layer is None else [layer]), keras.layers.Dense(2)]
    return keras.Sequential(layers)


@pytest.mark.parametrize("suffix", [".h5", ".hdf5", ".keras"])
def test_a_model_comes_back_with_its_weights(tmp_path: Path, suffix: str) -> None:
    model, path = network(), tmp_path / f"mödel{suffix}"
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    save_model_file(model, path)
    loaded = load_model_file(path)
    for ours, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_file_is_replaced_only_where_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_text("mine")
    with pytest.raises(InputError, match="exists"):
        save_model_file(network(), path, overwrite=False)
    assert path.read_text() == "mine"


def test_other_names_and_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must end in"):
        save_model_file(network(), tmp_path / "model.zip")
    with pytest.raises(StoreError, match="does not exist"):
        load_model_file(tmp_path / "none.keras")
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"no model")
    with pytest.raises(StoreError, match="no model that Keras can read"):
        load_model_file(broken)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_a_model_that_carries_code_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    network(keras.layers.Lambda(lambda x: x * 2)).save(path)
    with pytest.raises(UnsafeError):
        load_model_file(path)


def test_sizes_that_an_old_file_only_claims_take_no_memory(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "old.h5"
    save_model_file(network(), path)
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = file.attrs["model_config"].replace('"units": 2', '"units": 10000000000')
    with pytest.raises(UnsafeError, match="would fill the memory"):
        load_model_file(path)


def test_a_model_of_2018_comes_without_its_compilation(tmp_path: Path) -> None:
    import h5py

    path, model = tmp_path / "old.h5", network()
    model.compile("adam", "mse")
    save_model_file(model, path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["training_config"])
        config["optimizer_config"] = {"class_name": "Adam", "config": {"lr": 0.001, "decay": 1e-6, "beta_1": 0.9}}
        file.attrs["training_config"] = json.dumps(config)
    with pytest.warns(TidycnnWarning, match="compile the model again"):
        loaded = load_model_file(path)
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])
    assert not loaded.compiled


def test_a_decay_that_a_file_does_not_keep_is_said(tmp_path: Path) -> None:
    model = network()
    model.compile(remember_decay(keras.optimizers.SGD(), 0.1), "mse")
    with pytest.warns(TidycnnWarning, match="does not keep the `decay`"):
        save_model_file(model, tmp_path / "model.keras")
