import pytest

from tidycnn.cli.training import MODELS
from tidycnn.model.builders import BUILDERS, Network


def test_the_command_line_knows_the_same_networks():
    assert set(MODELS) == set(BUILDERS)


@pytest.mark.parametrize("builder", ["cnn", "resnet_cifar"])
def test_a_network_is_built_for_the_images(builder):
    model = Network(builder=builder, classes=3, target_size=(48, 32), seed=1).build()
    assert (model.input_shape, model.output_shape) == ((None, 48, 32, 3), (None, 3))


def test_without_a_size_it_has_the_one_that_it_was_made_for():
    assert Network(builder="resnet_cifar", classes=2).build().input_shape == (None, 32, 32, 3)
