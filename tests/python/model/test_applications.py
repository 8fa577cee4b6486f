"""The table says what Keras says: each record is held against the function of Keras that builds the network."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras.src.applications import imagenet_utils
from keras.src.utils import file_utils

from tidycnn.model.applications import APPLICATIONS, application_of
from tidycnn.model.blocks import blocks_of
from tidycnn.model.graph import graph_of

NAMES = list(APPLICATIONS)
# The others take seconds each.
CHEAP = ("vgg16", "resnet50", "resnet50_v2", "mobilenet", "mobilenet_v2", "mobilenet_v3_small", "convnext_tiny")
KERNELS = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense")
ALL = [pytest.param(name, marks=() if name in CHEAP else pytest.mark.slow) for name in NAMES]


class StoppedError(Exception):
    """Ends a function of Keras that has said enough."""


def build(name, **options):
    application = APPLICATIONS[name]
    shape = (application.least, application.least, 3)
    return getattr(keras.applications, application.function)(
        **{"include_top": False, "weights": None, "input_shape": shape, **options}
    )


@pytest.fixture
def fetched(monkeypatch):
    """Let Keras fetch nothing, and give the names and hashes of the files that it wanted to."""
    wanted = []

    def get_file(name, origin, cache_subdir, file_hash=None):
        wanted.append((name, file_hash))

    monkeypatch.setattr(file_utils, "get_file", get_file)
    monkeypatch.setattr(keras.Model, "load_weights", lambda self, path: None)
    return wanted


def depth_of(model):
    """Count the kernels on the longest way from the image to the output."""
    deepest = {}
    for step in graph_of(model).steps:
        before = max((deepest[source.step] for source in step.sources), default=0)
        deepest[step] = before + (type(step.layer).__name__ in KERNELS)
    return max(deepest.values())


def test_every_network_of_keras_stands_in_the_table():
    functions = {
        name
        for name, each in vars(keras.applications).items()
        if inspect.isfunction(each) and "include_top" in inspect.signature(each).parameters
    }
    assert {application.function for application in APPLICATIONS.values()} == functions


@pytest.mark.filterwarnings("ignore:`input_shape` is undefined or non-square")
@pytest.mark.parametrize("name", ALL)
def test_a_record_says_what_keras_builds_and_fetches(name, fetched):
    application = APPLICATIONS[name]
    for variant in application.variants:
        model = build(name, weights="imagenet", **({} if variant.alpha is None else {"alpha": variant.alpha}))
        assert (model.count_params(), depth_of(model)) == (variant.parameters, application.depth)
        assert fetched.pop() == (application.file(variant, (application.least,) * 2), variant.hash)
        assert application_of(model) is application
        _check_blocks(model)
        keras.backend.clear_session()


def _check_blocks(model):
    blocks = blocks_of(model)
    paths = [place.path for places in blocks.values() for place in places]
    assert len(paths) == len(set(paths))
    assert len(blocks) >= 4
    assert {"", "head"}.isdisjoint(blocks)


@pytest.mark.parametrize("name", NAMES)
def test_sizes_are_those_of_keras(name, monkeypatch):
    said = {}

    def obtain_input_shape(shape, *, default_size, min_size, **options):
        said.update(size=default_size, least=min_size)
        raise StoppedError

    application = APPLICATIONS[name]
    monkeypatch.setattr(imagenet_utils, "obtain_input_shape", obtain_input_shape)
    if application.module == "mobilenet_v3":  # It asks nobody.
        with pytest.raises(ValueError, match=f"must be at least {application.least}x{application.least}"):
            build(name, input_shape=(31, 31, 3))
        return
    with pytest.raises(StoppedError):
        build(name, input_shape=None)
    assert said == {"size": application.size, "least": application.least}
    for size in application.sizes:
        with pytest.raises(StoppedError):
            build(name, input_shape=(size, size, 3))
        assert said["size"] == size


@pytest.mark.parametrize("name", NAMES)
def test_the_scaling_is_that_of_the_function_of_keras(name):
    application = APPLICATIONS[name]
    x = np.random.default_rng(1).uniform(0, 255, (1, 2, 2, 3)).astype("float32")
    own = getattr(keras.applications, application.module).preprocess_input(x.copy())
    if application.scaling == "included":
        assert np.array_equal(own, x)
    else:
        wanted = keras.applications.imagenet_utils.preprocess_input(x.copy(), mode=application.scaling)
        assert np.array_equal(own, wanted)


def test_a_network_is_known_by_the_name_that_keras_gives_it():
    assert application_of(SimpleNamespace(name="mobilenetv2_0.35_96")).name == "mobilenet_v2"
    assert application_of(SimpleNamespace(name="resnet50v2")).name == "resnet50_v2"
    assert application_of(SimpleNamespace(name="vgg16_mine")) is None


def test_files_are_named_for_the_size_of_the_images_where_there_are_several():
    network = APPLICATIONS["mobilenet_v2"]
    variant = network.variant(0.35)
    name = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_{}_no_top.h5"
    assert network.file(variant, (96, 96)) == name.format(96)
    assert network.file(variant, (100, 100)) == network.file(variant, (96, 128)) == name.format(224)
    assert APPLICATIONS["mobilenet"].file(APPLICATIONS["mobilenet"].variant(0.25), (224, 224)) == (
        "mobilenet_2_5_224_tf_no_top.h5"
    )
