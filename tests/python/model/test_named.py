from __future__ import annotations

import pytest

from tidycnn.model.named import blood_cells_deep, blood_cells_small, weather_cnn

BUILDERS = [blood_cells_small, blood_cells_deep, weather_cnn]


def described_layers(model):
    return [(layer.name, layer.output.shape[1:], layer.count_params()) for layer in model.layers]


def test_blood_cells_small_layer_by_layer():
    assert described_layers(blood_cells_small()) == [
        ("conv_1", (148, 148, 32), 896),
        ("pool_1", (74, 74, 32), 0),
        ("conv_2", (72, 72, 32), 9248),
        ("pool_2", (36, 36, 32), 0),
        ("conv_3", (34, 34, 64), 18496),
        ("pool_3", (17, 17, 64), 0),
        ("conv_4", (15, 15, 128), 73856),
        ("pool_4", (7, 7, 128), 0),
        ("flatten", (6272,), 0),
        ("dense_1", (64,), 401472),
        ("dense_dropout_1", (64,), 0),
        ("prediction", (4,), 260),
    ]


def test_blood_cells_deep_layer_by_layer():
    assert described_layers(blood_cells_deep()) == [
        ("conv_1", (148, 148, 32), 896),
        ("pool_1", (74, 74, 32), 0),
        ("conv_2", (72, 72, 64), 18496),
        ("pool_2", (36, 36, 64), 0),
        ("conv_3", (34, 34, 64), 36928),
        ("pool_3", (17, 17, 64), 0),
        ("conv_4", (15, 15, 128), 73856),
        ("pool_4", (7, 7, 128), 0),
        ("conv_5", (5, 5, 128), 147584),
        ("pool_5", (2, 2, 128), 0),
        ("dropout_5", (2, 2, 128), 0),
        ("flatten", (512,), 0),
        ("dense_1", (512,), 262656),
        ("dense_2", (128,), 65664),
        ("prediction", (4,), 516),
    ]


def test_weather_cnn_layer_by_layer():
    assert described_layers(weather_cnn()) == [
        ("conv_1", (75, 75, 32), 896),
        ("dropout_1", (75, 75, 32), 0),
        ("conv_2", (25, 25, 32), 9248),
        ("pool_2", (12, 12, 32), 0),
        ("conv_3", (4, 4, 64), 18496),
        ("pool_3", (2, 2, 64), 0),
        ("flatten", (256,), 0),
        ("dense_1", (512,), 131584),
        ("prediction", (4,), 2052),
    ]


@pytest.mark.parametrize(
    ("builder", "parameters", "rates"),
    [(blood_cells_small, 504_228, [0.2]), (blood_cells_deep, 606_596, [0.4]), (weather_cnn, 162_276, [0.2])],
)
def test_parameters_and_dropout_of_the_source(builder, parameters, rates):
    model = builder()
    assert model.count_params() == parameters
    assert [layer.rate for layer in model.layers if "dropout" in layer.name] == rates


@pytest.mark.parametrize("builder", BUILDERS)
def test_every_network_can_tell_two_classes_by_one_unit(builder):
    assert builder(classes=2, head="sigmoid", seed=1).output_shape == (None, 1)


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_network_is_called_as_its_builder(builder):
    assert builder().name == builder.__name__
