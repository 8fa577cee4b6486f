"""Files of arrays of any type; what they do for pictures is tested with the cache."""

from __future__ import annotations

from pathlib import Path

import ml_dtypes  # noqa: F401 - Makes bfloat16 known.
import numpy as np
import pytest

from tidycnn.core.slots import SlotFile, file_bytes


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int64"])
def test_arrays_come_back_as_they_were_put_in(tmp_path: Path, dtype: str) -> None:
    shapes = [(3,), (2, 2)]
    arrays = [np.arange(3).astype(dtype), np.arange(4).reshape(2, 2).astype(dtype)]
    file = SlotFile(tmp_path / "arrays", shapes, dtype)
    file.fill(1, arrays[1])
    assert file.find(0) is None
    file.fill(0, arrays[0])
    again = SlotFile(tmp_path / "arrays", shapes, dtype)
    for slot, array in enumerate(arrays):
        found = again.find(slot)
        assert found is not None
        assert (found.dtype, found.tolist()) == (array.dtype, array.tolist())
    assert (tmp_path / "arrays").stat().st_size == file_bytes(shapes, dtype)


def test_an_array_whose_writer_was_killed_is_not_there(tmp_path: Path) -> None:
    file = SlotFile(tmp_path / "arrays", [(4,)], "float32")
    file.fill(0, np.ones(4))
    with (tmp_path / "arrays").open("r+b") as stream:
        stream.seek(24)
        stream.write(b"\x07")
    assert SlotFile(tmp_path / "arrays", [(4,)], "float32").find(0) is None
