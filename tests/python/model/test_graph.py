"""Every layer is found where it stands, and every tensor is followed, whatever a model is made of."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from tidycnn.core.errors import InputError, speaking
from tidycnn.model.cnn import cnn
from tidycnn.model.graph import find_places, graph_of, is_empty, layers_within, random_states, walk
from tidycnn.model.resnet import resnet_cifar

layers = keras.layers


def convolution(name, filters=2):
    return layers.Conv2D(filters, 3, padding="same", name=name)


def inner_sequential():
    return keras.Sequential(
        [keras.Input((8, 8, 3)), convolution("conv"), layers.Dropout(0.5, name="drop")], name="base"
    )


def nested_twice():
    image = keras.Input((8, 8, 3), name="pixels")
    middle = keras.Model(image, inner_sequential()(convolution("first", 3)(image)), name="middle")
    return keras.Sequential([keras.Input((8, 8, 3)), middle, layers.Flatten(name="flat"), layers.Dense(2, name="last")])


def shared_layer():
    image = keras.Input((8, 8, 3), name="image")
    shared = convolution("shared", 3)
    return keras.Model(image, layers.Add(name="sum")([shared(image), shared(shared(image))]))


def shared_model():
    image = keras.Input((8, 8, 3), name="image")
    base = keras.Sequential([keras.Input((8, 8, 3)), convolution("conv", 3)], name="base")
    return keras.Model(image, layers.Flatten(name="flat")(base(base(image))))


def shared_by_two_models():
    image = keras.Input((8, 8, 3), name="image")
    shared = convolution("shared", 3)
    base = keras.Sequential([keras.Input((8, 8, 3)), shared], name="base")
    return keras.Model(image, base(shared(image)))


def two_inputs():
    left, right = keras.Input((8, 8, 3), name="left"), keras.Input((8, 8, 3), name="right")
    seen = [convolution("conv_left")(left), layers.MaxPooling2D(1, name="pool")(convolution("conv_right")(right))]
    return keras.Model([right, left], layers.Concatenate(name="both")(seen), name="base")


def two_outputs():
    image = keras.Input((8, 8, 3), name="image")
    seen = convolution("conv")(image)
    flat = layers.Flatten(name="flat")(seen)
    return keras.Model(image, [layers.GlobalMaxPooling2D(name="pool")(seen), layers.Dense(2, name="last")(flat)])


def inner_of_two_inputs():
    image = keras.Input((8, 8, 3), name="image")
    changed = convolution("changed", 3)(image)
    return keras.Model(image, two_inputs()({"left": image, "right": changed}))


def inner_of_two_outputs():
    image = keras.Input((8, 8, 3), name="image")
    base = two_outputs()
    base.name = "base"
    pooled, last = base(image)
    return keras.Model(image, layers.Concatenate(name="both")([last, pooled]))


def built_in_pieces():
    model = keras.Sequential()
    for layer in (
        keras.Input((8, 8, 3)),
        convolution("conv"),
        layers.Flatten(name="flat"),
        layers.Dense(2, name="last"),
    ):
        model.add(layer)
    return model


def built_late():
    model = keras.Sequential([convolution("conv"), layers.Flatten(name="flat")])
    model.build((None, 8, 8, 3))
    return model


def cut_out():
    model = nested_twice()
    return keras.Model(model.get_layer("flat").output, model.layers[-1].output, name="cut")


def mobile_net():
    return keras.applications.MobileNetV2((32, 32, 3), 0.35, weights=None, classes=3)


def mobile_net_with_head():
    base = keras.applications.MobileNetV2((None, None, 3), 0.35, weights=None, include_top=False)
    image = keras.Input((32, 32, 3), name="image")
    pooled = layers.GlobalAveragePooling2D(name="pool")(base(image, training=False))
    return keras.Model(image, layers.Dense(2, activation="softmax", name="last")(pooled))


class Own(keras.Model):
    """A model whose graph nobody knows."""

    def __init__(self):
        super().__init__(name="own")
        self.base = keras.Sequential([convolution("conv")], name="base")
        self.ends = [layers.Flatten(name="flat"), layers.Dense(2, name="last")]

    def call(self, x):
        x = self.base(x)
        for layer in self.ends:
            x = layer(x)
        return x


class Block(layers.Layer):
    """A layer that is made of layers."""

    def __init__(self, **options):
        super().__init__(**options)
        self.conv, self.normal = convolution("conv", 3), layers.BatchNormalization(name="normal")

    def call(self, x):
        return self.normal(self.conv(x))


MODELS = [
    *(nested_twice, shared_layer, shared_model, shared_by_two_models, two_inputs, two_outputs, inner_of_two_inputs),
    *(inner_of_two_outputs, built_in_pieces, built_late, cut_out, mobile_net, mobile_net_with_head),
]


def paths(model):
    return [place.path for place in walk(model)]


def calls(model):
    return [(step.path, [source.step.path for source in step.sources]) for step in graph_of(model).steps]


def run(graph, images):
    """Call layer by layer, as the graph tells."""
    inputs = iter(images)
    given = {}
    for step in graph.steps:
        taken = [given[source.step][source.position] for source in step.sources]
        made = step.layer(taken[0] if len(taken) == 1 else taken) if taken else next(inputs)
        given[step] = made if isinstance(made, list | tuple) else [made]
    return [given[output.step][output.position] for output in graph.outputs]


@pytest.mark.parametrize("make", MODELS)
def test_calling_step_by_step_gives_what_the_model_gives(make):
    model = make()
    images = {x.name: np.random.default_rng([3, i]).random((2, *x.shape[1:])) for i, x in enumerate(model.inputs)}
    graph = graph_of(model)
    in_order = [images[step.tensors_out[0].name] for step in graph.steps if not step.sources]
    expected = model(list(images.values()) if len(images) > 1 else next(iter(images.values())))
    for made, wanted in zip(run(graph, in_order), expected if isinstance(expected, list) else [expected], strict=True):
        np.testing.assert_allclose(np.asarray(made), np.asarray(wanted), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", MODELS)
def test_a_step_comes_after_those_that_it_takes_from(make):
    steps = graph_of(make()).steps
    position = {step: i for i, step in enumerate(steps)}
    assert all(position[source.step] < position[step] for step in steps for source in step.sources)


@pytest.mark.parametrize("make", MODELS)
def test_every_layer_of_a_graph_is_called_where_it_stands(make):
    model = make()
    called = {(step.path, id(step.layer), step.models) for step in graph_of(model).steps}
    assert {(path, id(layer), models) for path, layer, models in walk(model)} - called == set()


def test_layers_of_inner_models_come_in_their_place_with_the_models_around():
    model = nested_twice()
    assert paths(model) == ["middle/first", "middle/base/conv", "middle/base/drop", "flat", "last"]
    around = [[inner.name for inner in place.models[1:]] for place in walk(model)]
    assert around == [["middle"], ["middle", "base"], ["middle", "base"], [], []]


def test_only_the_model_itself_has_inputs_that_are_listed():
    assert paths(inner_of_two_inputs())[0] == "image"
    assert not {"base/left", "base/right"} & set(paths(inner_of_two_inputs()))


def test_a_shared_layer_stands_once_in_each_model_and_is_called_each_time():
    assert paths(shared_layer()).count("shared") == 1
    assert [path for path, _ in calls(shared_layer())].count("shared") == 3
    assert paths(shared_by_two_models()) == ["image", "shared", "base/shared"]


def test_the_layers_of_a_shared_model_are_called_each_time():
    assert calls(shared_model()) == [
        ("image", []),
        ("base/conv", ["image"]),
        ("base/conv", ["base/conv"]),
        ("flat", ["base/conv"]),
    ]


def test_an_inner_model_takes_the_tensors_around_it_by_their_names():
    assert dict(calls(inner_of_two_inputs()))["base/conv_left"] == ["image"]
    assert dict(calls(inner_of_two_inputs()))["base/conv_right"] == ["changed"]


def test_each_output_of_an_inner_model_comes_from_its_own_layer():
    assert dict(calls(inner_of_two_outputs()))["both"] == ["base/last", "base/pool"]


@pytest.mark.filterwarnings("ignore:Layer 'base'")
def test_a_mask_is_no_input_of_an_inner_model():
    image = keras.Input((8, 8, 3), name="image")
    model = keras.Model(image, inner_sequential()(layers.Masking(name="mask")(image)))
    assert dict(calls(model))["base/conv"] == ["mask"]


def test_calls_of_other_models_do_not_count():
    image = keras.Input((8, 8, 3), name="image")
    pool = layers.GlobalAveragePooling2D(name="pool")
    pool(image)
    assert calls(keras.Model(image, pool(convolution("conv")(image))))[-1] == ("pool", ["conv"])
    assert len(calls(built_in_pieces())) == 4


def test_ancestors_leave_out_what_another_output_needs():
    graph = graph_of(two_outputs())
    pooled, last = graph.outputs
    assert [step.path for step in graph.ancestors(pooled)] == ["image", "conv", "pool"]
    assert [step.path for step in graph.ancestors(last)] == ["image", "conv", "flat", "last"]


def test_ancestors_go_through_inner_models():
    graph = graph_of(nested_twice())
    names = [step.path for step in graph.ancestors(graph.outputs[0])]
    assert names[1:] == ["middle/first", "middle/base/conv", "middle/base/drop", "flat", "last"]


def test_an_unused_input_is_a_step_too():
    image, unused = keras.Input((8, 8, 3), name="image"), keras.Input((2,), name="unused")
    try:
        model = keras.Model([image, unused], layers.Flatten(name="flat")(image))
    except ValueError:
        pytest.skip("this Keras wants every input to be used")
    assert {path for path, _ in calls(model)} == {"image", "unused", "flat"}


@pytest.mark.parametrize("model", [keras.Sequential([layers.Dense(2, name="last")]), keras.Sequential()])
def test_a_sequential_that_is_not_built_yet_has_layers_and_no_graph(model):
    assert paths(model) == [layer.name for layer in model.layers]
    assert graph_of(model) is None


def test_a_subclassed_model_has_layers_and_no_graph():
    model = Own()
    model(np.zeros((1, 8, 8, 3)))
    assert paths(model) == ["base/conv", "flat", "last"]
    assert graph_of(model) is None


def test_a_subclassed_model_in_another_is_one_step():
    image = keras.Input((8, 8, 3), name="image")
    model = keras.Model(image, Own()(image))
    assert paths(model) == ["image", "own/base/conv", "own/flat", "own/last"]
    assert calls(model) == [("image", []), ("own", ["image"])]


def test_a_read_model_is_the_same_model(tmp_path):
    model = nested_twice()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert (paths(again), calls(again)) == (paths(model), calls(model))


def test_layers_within_are_given_from_the_outside_in():
    names = [layer.name for layer in layers_within(nested_twice())][1:]
    assert names == ["middle", "pixels", "first", "base", "conv", "drop", "flat", "last"]


def test_the_parts_of_a_layer_are_within_it():
    model = keras.Sequential([keras.Input((8, 8, 3)), Block(name="block")], name="model")
    assert [layer.name for layer in layers_within(model)] == ["model", "block", "conv", "normal"]
    assert paths(model) == ["block"]


def test_a_place_is_found_by_its_path_by_an_inner_model_or_by_its_position():
    places = list(walk(nested_twice()))
    assert find_places(places, "middle/base/conv", "from") == range(1, 2)
    assert find_places(places, "middle", "from") == range(3)
    assert find_places(places, 4, "from") == range(4, 5)
    with speaking("r"):
        assert find_places(places, 4, "from") == range(3, 4)


def test_a_place_that_is_not_there_is_named():
    with pytest.raises(InputError, match="`from` names the layer 'conv', but the model has 'middle/first'"):
        find_places(list(walk(nested_twice())), "conv", "from")


def test_random_states_are_those_of_the_layers_that_draw():
    model = nested_twice()
    drop = next(place.layer for place in walk(model) if place.layer.name == "drop")
    assert [id(state) for state in random_states(model)] == [id(drop.seed_generator.state)]
    assert random_states(resnet_cifar(depth=8)) == []
    assert len(random_states(cnn((16, 16, 3), filters=4, dropout=0.5, dense_dropout=0.5))) == 2


def test_a_sequential_with_an_input_alone_is_not_empty():
    assert is_empty(keras.Sequential())
    assert not is_empty(keras.Sequential([keras.Input((8, 8, 3))]))
