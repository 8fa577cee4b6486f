"""Kinds of files of arrays share one budget of the disk."""

from __future__ import annotations

import os

import pytest

from tidycnn.core.budget import disk_place


def place(kind, name, size, limit=1e-6):
    def check(allowed):
        if size > allowed:
            raise ValueError(f"{allowed:.0f} bytes")

    path = disk_place(kind, name, size, check, cache_size=limit)
    path.write_bytes(bytes(size))
    return path


def test_a_file_of_one_kind_makes_room_for_one_of_another():
    pixels, features = place("pixels", "a", 600), place("features", "b", 300)
    os.utime(pixels, (1, 1))
    more = place("features", "c", 500)
    assert (pixels.exists(), features.exists(), more.exists()) == (False, True, True)


def test_what_is_larger_than_the_budget_is_refused_by_whoever_keeps_it():
    with pytest.raises(ValueError, match="1000 bytes"):
        place("features", "a", 1001)
