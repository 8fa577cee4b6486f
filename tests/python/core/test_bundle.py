"""Plain data with arrays comes back from one file, or not at all."""

import ml_dtypes
import numpy as np
import pytest

from tidycnn.core.bundle import read_bundle, write_bundle
from tidycnn.core.errors import InputError, StoreError

DATA = {
    "epoch": 3,
    "best": float("inf"),
    "name": "größe",
    "nothing": None,
    "is": True,
    "states": [["EarlyStopping", {"weights": [np.arange(6, dtype=np.float32).reshape(2, 3), np.array(2)]}], []],
}


def test_what_is_written_comes_back(tmp_path):
    write_bundle(tmp_path / "b.npz", DATA)
    found = read_bundle(tmp_path / "b.npz")
    weights = found["states"][0][1].pop("weights")
    assert {**found, "states": 0} == {**DATA, "states": 0}
    assert found["states"] == [["EarlyStopping", {}], []]
    for here, there in zip(weights, DATA["states"][0][1]["weights"], strict=True):
        assert here.dtype == there.dtype
        np.testing.assert_array_equal(here, there)


def test_types_that_numpy_does_not_know_come_back(tmp_path):
    values = np.array([1.5, -2], dtype=ml_dtypes.bfloat16)
    write_bundle(tmp_path / "b.npz", {"values": values, "number": np.float32(0.5)})
    found = read_bundle(tmp_path / "b.npz")
    assert found["values"].dtype == values.dtype
    assert found["values"].tolist() == values.tolist()
    assert found["number"] == 0.5


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_a_file_that_was_cut_off_is_damaged(tmp_path, share):
    path = tmp_path / "b.npz"
    write_bundle(path, DATA)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(StoreError, match=r"damaged|cannot be read"):
        read_bundle(path)


def test_one_changed_byte_of_an_array_is_damage(tmp_path):
    path = tmp_path / "b.npz"
    write_bundle(path, {"values": np.zeros(1000)})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        read_bundle(path)


def test_what_is_no_data_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(InputError, match="cannot be written down"):
        write_bundle(tmp_path / "b.npz", {"callback": object()})
    assert list(tmp_path.iterdir()) == []
