"""The classes and descriptions that R gives to objects that stay in Python."""

import keras

from tidycnn import as_classifier, cnn, flow_images, image_data_generator
from tidycnn.fit._job import Job
from tidycnn.fit.many import ManyFits
from tidycnn.wire.objects import R_CLASSES, Kept, describe_object, r_classes


def test_each_of_our_objects_has_its_class_in_r(picture_folder):
    import tidycnn

    model = cnn((32, 32, 3), 2, seed=1)
    made = [
        as_classifier(model, ["cat", "dog"]),
        tidycnn.fit_control(),
        tidycnn.tune_stage(),
        object.__new__(ManyFits),
        Job(picture_folder),
        flow_images(tidycnn.image_table(picture_folder, progress=False), seed=1),
        image_data_generator(),
        model,
        model.layers[0],
        keras.callbacks.History(),
    ]
    assert [r_classes(value)[0] for value in made] == ["tidycnn_classifier", *R_CLASSES.values()]
    assert r_classes(model) == ["tidycnn_model", "tidycnn_layer"]


def test_other_objects_have_none():
    assert r_classes(object()) == []
    assert r_classes("text") == []


def test_a_model_is_described_in_one_line_and_others_by_their_repr():
    model = keras.Sequential(name="head")
    assert describe_object(model) == "<Keras model 'head': 0 layers, not built yet>"
    assert describe_object(cnn((32, 32, 3), 2, seed=1)).startswith("<Keras model 'cnn': ")
    assert describe_object(slice(1)) == "slice(None, 1, None)"


def test_methods_are_told_from_objects():
    kept = Kept()
    assert kept.keep("a".upper)["is_function"]
    assert not kept.keep(keras.Sequential())["is_function"]
