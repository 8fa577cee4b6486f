"""What the layers of a model are, as plain data."""

import json

import pytest

from tidycnn import cnn, freeze_weights
from tidycnn.model.described import layers_as_data


def small(**options):
    return cnn((16, 16, 3), 2, **{"filters": 2, "units": None, "seed": 1, **options})


def test_models_of_the_same_layers_are_alike_whatever_they_are_called_and_drawn_from():
    assert layers_as_data(small()) == layers_as_data(small(name="other", seed=2))


@pytest.mark.parametrize("other", [small(filters=3), freeze_weights(small())])
def test_other_sizes_and_frozen_layers_make_another_model(other):
    assert layers_as_data(small()) != layers_as_data(other)


def test_it_is_plain_data():
    assert json.loads(json.dumps(layers_as_data(small()))) == layers_as_data(small())
