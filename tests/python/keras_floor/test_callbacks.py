"""Callbacks as scripts of 2018 use them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from tidycnn.core import store
from tidycnn.core.engine import keras
from tidycnn.core.errors import InputError, StoreError
from tidycnn.keras_floor.callbacks import make_checkpoint, make_csv_logger
from tidycnn.keras_floor.files import load_model_file
from tidycnn.keras_floor.training import fit_model


def trained(*callbacks: keras.callbacks.Callback, epochs: int = 4) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    x, y = np.arange(30.0).reshape(10, 3), np.array([0.0, 1.0] * 5)
    data = (x, y)
    fit_model(model, x, y, validation_data=data, callbacks=list(callbacks), epochs=epochs, progress=False)
    return model


@pytest.mark.parametrize("suffix", [".h5", ".hdf5", ".keras"])
def test_a_model_is_written_to_the_very_file_that_is_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"last{suffix}"
    model = trained(make_checkpoint(path, {"monitor": "val_acc"}))
    for ours, theirs in zip(model.get_weights(), load_model_file(path).get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_file_is_called_by_epoch_and_metrics_under_either_name(tmp_path: Path) -> None:
    trained(make_checkpoint(tmp_path / "{epoch:02d}-{val_acc:.2f}-{val_accuracy:.2f}.hdf5", {}, period=2))
    names = sorted(file.stem.split("-") for file in tmp_path.iterdir())
    assert [name[0] for name in names] == ["02", "04"]
    assert all(name[1] == name[2] for name in names)


def test_weights_alone_go_to_files_that_keras_knows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = trained(make_checkpoint(tmp_path / "last.h5", {}, save_weights_only=True))
    assert "last.weights.h5" in capsys.readouterr().err
    before = model.get_weights()
    model.load_weights(tmp_path / "last.weights.h5")
    for ours, theirs in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_file_is_written_after_so_many_batches(tmp_path: Path) -> None:
    path = tmp_path / "{epoch}-{batch}-{acc:.1f}.h5"
    trained(make_checkpoint(path, {"save_freq": 1}), epochs=2)
    assert sorted(file.name.rsplit("-", 1)[0] for file in tmp_path.iterdir()) == ["1-1", "2-1"]


@pytest.mark.parametrize(("method", "options"), [("save", {}), ("save_weights", {"save_weights_only": True})])
def test_what_was_written_before_stays_where_writing_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, options: dict[str, bool]
) -> None:
    def fail(self: keras.Model, path: Path, **options: bool) -> None:
        path.write_bytes(b"half")
        raise ZeroDivisionError

    path = tmp_path / ("best.weights.h5" if options else "best.keras")
    path.write_bytes(b"precious")
    monkeypatch.setattr(keras.Sequential, method, fail)
    with pytest.raises(ZeroDivisionError):
        trained(make_checkpoint(path, {}, **options))
    assert path.read_bytes() == b"precious"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_metric_that_is_not_measured_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"`filepath` .*auc(.|\n)*'val_accuracy'"):
        trained(make_checkpoint(tmp_path / "{epoch}-{auc}.h5", {}))


def test_a_log_needs_a_folder(tmp_path: Path) -> None:
    trained(make_csv_logger(tmp_path / "log.csv", separator=";"), epochs=2)
    assert (tmp_path / "log.csv").read_text().count(";") > 4
    with pytest.raises(InputError, match="`filename` must be in a folder that exists"):
        make_csv_logger(tmp_path / "none" / "log.csv")


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot both be given"):
        make_checkpoint(tmp_path / "model.h5", {"save_freq": 20}, period=2)
    with pytest.raises(InputError, match="`filepath` must end in"):
        make_checkpoint(tmp_path / "model", {})
    with pytest.raises(InputError, match="`period`"):
        make_checkpoint(tmp_path / "model.h5", {}, period=0)
    with pytest.raises(InputError, match="save_freq"):
        make_checkpoint(tmp_path / "model.h5", {"save_freq": "week"})


def test_a_file_that_cannot_be_written_is_refused_when_the_callback_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.keras").mkdir()
    for name in ("best.keras", "{epoch}.h5", "{epoch}/{val_loss}.h5"):
        with pytest.raises((StoreError, InputError), match=r"`filepath` .*folder"):
            make_checkpoint(tmp_path / "file" / name, {})
    with pytest.raises(InputError, match="`filepath` must be a file"):
        make_checkpoint(tmp_path / "folder.keras", {})
    with pytest.raises(InputError, match="`filename` must be a file"):
        make_csv_logger(tmp_path)


@pytest.mark.parametrize("weights", [False, True], ids=["model", "weights"])
def test_a_file_stays_whole_where_its_successor_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: bool
) -> None:
    path = tmp_path / "best.weights.h5"
    checkpoint = make_checkpoint(path, {}, save_weights_only=weights)
    trained(checkpoint, epochs=1)
    whole = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store, "_flush", full)
    with pytest.raises(StoreError, match="the disk is full"):
        trained(checkpoint, epochs=1)
    assert path.read_bytes() == whole
    assert [file.name for file in tmp_path.iterdir()] == ["best.weights.h5"]
