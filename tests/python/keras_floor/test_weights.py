"""Class weights that balance the labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidycnn import flow_images_from_data
from tidycnn.core.errors import InputError
from tidycnn.keras_floor._arrays import ArraysFlow
from tidycnn.keras_floor._weights import weights_of

# One image of the first label, three of the second.
BALANCED = {"0": 2.0, "1": pytest.approx(2 / 3)}
CODES = np.array([1, 0, 1, 1])


@pytest.mark.parametrize("targets", [np.eye(2)[CODES], CODES, CODES[:, None].astype(np.float32)])
def test_labels_of_arrays_are_balanced(targets: Any) -> None:
    assert weights_of("balanced", ArraysFlow((np.zeros((4, 2)), targets), 2), 2) == BALANCED


@pytest.mark.parametrize("labels", [["dog", "cat", "dog", "dog"], np.eye(2)[CODES]])
def test_labels_of_flows_are_balanced(labels: Any) -> None:
    flow = flow_images_from_data(np.zeros((4, 8, 8, 3)), labels)
    assert weights_of("balanced", flow, 2) == BALANCED


@pytest.mark.parametrize("data", [lambda: None, ArraysFlow((np.zeros((4, 2)), np.array([0.5, 1, 2, 3])), 2)])
def test_data_without_labels_are_refused(data: Any) -> None:
    with pytest.raises(InputError, match="'balanced' needs labels"):
        weights_of("balanced", data, 2)
