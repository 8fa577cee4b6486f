"""Remarks and progress are heard, not shown; the place of a classifier, and one that was saved."""

import pytest

from tidycnn import as_classifier, save_classifier


@pytest.fixture(autouse=True)
def quiet(heard):
    """Hear what is said in every test."""


@pytest.fixture
def folder(tmp_path):
    """Give the place of a classifier, where nothing is yet."""
    return tmp_path / "saved"


@pytest.fixture
def saved(make_model, folder):
    """Give a folder with a classifier that was not fitted."""
    save_classifier(as_classifier(make_model(), ["cat", "dog"]), folder)
    return folder
