"""Remarks and progress are heard, not shown."""

import pytest


@pytest.fixture(autouse=True)
def quiet(heard):
    """Hear what is said in every test."""
