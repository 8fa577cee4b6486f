"""The flows that a fit reads."""

from __future__ import annotations

from typing import Any

import pytest

from tidycnn import image_data_generator
from tidycnn.core.errors import InputError
from tidycnn.fit._flows import FitFlows, make_flows
from tidycnn.fit._rows import choose_images
from tidycnn.flow.generator import RESCALED
from tidycnn.flow.making import make_flow
from tidycnn.flow.options import FlowOptions

SIZE: dict[str, Any] = {"target_size": (8, 8), "seed": 1}


def flows_over(model: Any, images: Any, validation: Any = None, **options: Any) -> FitFlows:
    chosen = choose_images(images, validation, seed=1, progress=False)
    generator = options.pop("generator", RESCALED)
    return make_flows(
        model, chosen, generator=generator, options=FlowOptions(**{"batch_size": 4, "seed": 1, **options})
    )


def test_training_images_are_augmented_and_shuffled_and_validation_images_are_not(make_model, images):
    generator = image_data_generator(rescale=0.5, rotation_range=90, horizontal_flip=True)
    flows = flows_over(make_model(), images, generator=generator)
    assert (flows.train.generator, flows.train.shuffle) == (generator, True)
    assert (flows.validation.generator, flows.validation.shuffle) == (image_data_generator(rescale=0.5), False)
    assert flows.validation.preprocessing == flows.train.preprocessing


def test_without_validation_images_there_is_no_validation_flow(make_model, images):
    assert flows_over(make_model(), images.drop(columns="split")).validation is None


def test_a_frame_validates_as_the_training_flow_prepares_its_images(make_model, images):
    train, held = images[images["split"] == "train"], images[images["split"] == "test"]
    flow = make_flow(train, image_data_generator(samplewise_center=True, vertical_flip=True), FlowOptions(**SIZE))
    flows = flows_over(make_model(), flow, held)
    assert flows.train is flow
    assert flows.validation.preprocessing == flow.preprocessing
    assert not flows.validation.generator.is_augmenting


def test_one_unit_takes_whole_numbers_too(make_model, images):
    flow = make_flow(images.drop(columns="split"), RESCALED, FlowOptions(class_mode="sparse", **SIZE))
    assert flows_over(make_model(1, "sigmoid"), flow, class_mode="binary").train is flow


def test_a_generator_beside_a_flow_is_refused(make_model, images):
    flow = make_flow(images.drop(columns="split"), RESCALED, FlowOptions(**SIZE))
    with pytest.raises(InputError, match="a flow has its own generator"):
        flows_over(make_model(), flow, generator=image_data_generator())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_mode": "binary"}, "class mode 'binary', but this model and loss need 'categorical'"),
        ({"target_size": (9, 9)}, "takes images of 8 x 8 x 3, but they would be 9 x 9 x 3"),
        ({"color_mode": "grayscale"}, "takes images of 8 x 8 x 3, but they would be 8 x 8 x 1"),
    ],
)
def test_a_flow_that_does_not_fit_the_model_is_refused(make_model, images, options, message):
    flow = make_flow(images.drop(columns="split"), RESCALED, FlowOptions(**{**SIZE, **options}))
    with pytest.raises(InputError, match=message):
        flows_over(make_model(), flow)


def test_a_validation_flow_that_prepares_otherwise_is_refused(make_model, images):
    train, held = images[images["split"] == "train"], images[images["split"] == "test"]
    flow = make_flow(held, image_data_generator(), FlowOptions(**SIZE))
    with pytest.raises(InputError, match="prepares images in another way than the training images: `rescale`"):
        flows_over(make_model(), train, flow)


def test_what_the_options_say_reaches_both_flows_of_a_frame(make_model, images):
    options = {"cache": "memory", "on_error": "skip", "interpolation": "box", "keep_aspect_ratio": True}
    flows = flows_over(make_model(), images, **options)
    for flow in (flows.train, flows.validation):
        assert {name: getattr(flow.options, name) for name in options} == options
        assert type(flow.pictures).__name__ == "_MemoryPictures"
        assert (flow.on_error, flow.preprocessing.keep_aspect_ratio) == ("skip", True)


def test_the_model_says_size_and_colours(make_model, images):
    flow = flows_over(make_model(), images, color_mode="grayscale").train
    assert (flow.options.target_size, flow.options.color_mode) == ((8, 8), "rgb")


def test_training_images_alone_are_saved(make_model, images, tmp_path):
    folder = tmp_path / "seen"
    folder.mkdir()
    flows = flows_over(make_model(), images, save_to_dir=str(folder))
    assert flows.validation[0] is not None
    assert list(folder.iterdir()) == []
    assert len(flows.train[0][0]) == len(list(folder.iterdir())) > 0
