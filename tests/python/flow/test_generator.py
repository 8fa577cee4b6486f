"""Generators: what makes them, and the methods that Keras gives them."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
import subprocess
import sys

from tidycnn import ImageDataGenerator, image_data_generator


def test_the_function_makes_what_the_class_makes() -> None:
    assert image_data_generator(rotation_range=5, zoom_range=[0.5, 2]) == ImageDataGenerator(
        rotation_range=5.0, zoom_range=(0.5, 2.0)
    )


def test_function_and_class_take_the_same_arguments() -> None:
    fields = {field.name: field.default for field in dataclasses.fields(ImageDataGenerator) if field.init}
    arguments = inspect.signature(image_data_generator).parameters
    assert fields == {name: argument.default for name, argument in arguments.items()}


def test_it_can_be_made_without_keras() -> None:
    code = (
        "import sys, tidycnn; tidycnn.image_data_generator(rotation_range=3); "
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_it_shows_what_differs_from_the_defaults() -> None:
    generator = image_data_generator(rescale=0.5, zoom_range=(0.5, 2), horizontal_flip=True, fill_mode="wrap")
    shown = "zoom_range = (0.5, 2), fill_mode = 'wrap', horizontal_flip = True, rescale = 0.5"
    assert repr(generator) == f"<ImageDataGenerator: {shown}>"
    assert repr(image_data_generator()) == "<ImageDataGenerator: nothing is changed>"


def test_it_can_be_pickled() -> None:
    generator = image_data_generator(rescale=1 / 255, zoom_range=0.2)
    assert pickle.loads(pickle.dumps(generator)) == generator


def test_it_stays_a_generator_without_its_augmentation_and_from_plain_data() -> None:
    generator = image_data_generator(rotation_range=5)
    assert type(generator.without_augmentation()) is ImageDataGenerator
    assert type(ImageDataGenerator.from_dict(generator.to_dict())) is ImageDataGenerator
