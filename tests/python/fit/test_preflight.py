"""What is found before a fit, each mistake by a fit that makes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tidycnn import (
    cnn,
    fit_classifier,
    fit_control,
    flow_images,
    flow_images_from_data,
    freeze_weights,
    image_data_generator,
    preflight,
    pretrained,
    weather_cnn,
)
from tidycnn.core.errors import TidycnnError, TidycnnWarning, warn
from tidycnn.fit import _checks_cost
from tidycnn.fit._checks_scaling import check_scaling
from tidycnn.fit._findings import hearing
from tidycnn.fit._spoken import recognise, spell
from tidycnn.fit._texts import TEXTS

PLAIN = image_data_generator()
SCALED = image_data_generator(rescale=1 / 255)


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "en")


@pytest.fixture(autouse=True)
def timed(request, monkeypatch):
    """Let a step take a minute, without learning from it, but where a test is marked."""
    if "slow" not in request.keywords:
        monkeypatch.setattr(_checks_cost, "time_steps", lambda model, batch, precisions: {precisions[0]: 60.0})


def network(*first: Any, units: int = 2, activation: str = "softmax") -> Any:
    """Make a network that begins with some layers."""
    layers = [
        keras.Input((8, 8, 3)),
        *first,
        keras.layers.Conv2D(2, 3),
        keras.layers.Flatten(),
        keras.layers.Dense(units, activation=activation),
    ]
    return keras.Sequential(layers)


def found(model: Any, images: Any, **options: Any) -> dict[str, tuple[str, str, str]]:
    """Give severity, message and remedy by check."""
    rows = preflight(model, images, progress=False, seed=1, **options)
    worst = rows.drop_duplicates("check").set_index("check")
    return {check: tuple(worst.loc[check]) for check in worst.index}


def test_what_is_right_has_notes_alone(images):
    rows = preflight(network(), images, progress=False, seed=1)
    assert set(rows["severity"]) == {"note"}
    assert rows["check"].tolist() == ["validation", "memory", "scaling", "time"]


def test_the_worst_comes_first(images):
    model = network(keras.layers.Rescaling(1 / 255))
    rows = preflight(model, images, generator=SCALED, progress=False, seed=1)
    assert rows["severity"].tolist() == ["warning", *["note"] * (len(rows) - 1)]


@pytest.mark.slow
def test_nothing_is_learned(images):
    model = network()
    before = model.get_weights()
    preflight(model, images, progress=False, seed=1)
    assert all(map(np.array_equal, model.get_weights(), before))
    assert not model.compiled


@pytest.mark.parametrize(
    ("layers", "generator", "message"),
    [
        (
            [keras.layers.Rescaling(1 / 255)],
            image_data_generator(rescale=1 / 255),
            "scaled twice.*between 0 and 0.0039",
        ),
        (
            [keras.layers.Normalization(mean=120.0, variance=9.0)],
            image_data_generator(rescale=1 / 255),
            "means up to 120",
        ),
        ([], PLAIN, "not scaled.*grey levels between 0 and 255"),
        (
            [],
            image_data_generator(
                rescale=1 / 255, preprocessing_function=keras.applications.mobilenet_v2.preprocess_input
            ),
            "scaled twice: by the function 'keras.*mobilenet_v2",
        ),
        ([], image_data_generator(rescale=1 / 255, preprocessing_function=lambda x: x / 255), "Almost nothing is left"),
    ],
)
def test_pixels_that_are_scaled_twice_or_not_at_all(images, layers, generator, message):
    severity, said, remedy = found(network(*layers), images, generator=generator)["scaling"]
    assert severity == "warning"
    assert remedy
    assert re.search(message, said)


@pytest.mark.parametrize(
    ("layers", "generator"),
    [
        ([keras.layers.Rescaling(1 / 255)], PLAIN),
        ([keras.layers.Rescaling(1 / 127.5, offset=-1)], PLAIN),
        ([keras.layers.Rescaling(2.0, offset=-1)], SCALED),
        ([keras.layers.Normalization(mean=120.0, variance=9.0)], PLAIN),
        ([keras.layers.BatchNormalization()], PLAIN),
        ([keras.layers.RandomFlip(), keras.layers.Rescaling(1 / 255)], PLAIN),
        ([], image_data_generator(samplewise_center=True)),
    ],
)
def test_pixels_that_are_scaled_once(images, layers, generator):
    assert found(network(*layers), images, generator=generator)["scaling"][0] == "note"


@pytest.mark.parametrize(("factor", "severity"), [(1, "note"), (255, "warning")])
def test_arrays_are_taken_as_they_are(factor, severity):
    pictures = np.random.default_rng(1).random((8, 8, 8, 3), dtype=np.float32) * factor
    flow = flow_images_from_data(pictures, ["a", "b"] * 4, seed=1)
    assert found(network(), flow)["scaling"][0] == severity


def test_operations_that_scale_pixels_are_no_lack_of_scaling(images):
    pictures = keras.Input((8, 8, 3))
    scaled = keras.applications.mobilenet_v2.preprocess_input(pictures)
    outputs = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(keras.layers.Conv2D(2, 3)(scaled)))
    model = keras.Model(pictures, outputs)
    assert found(model, images, generator=PLAIN)["scaling"][0] == "note"
    severity, said, _ = found(model, images, generator=SCALED)["scaling"]
    assert (severity, "scaled twice" in said) == ("warning", True)


def test_means_are_not_subtracted_from_what_is_scaled(images):
    base = pretrained("vgg16", None, input_shape=(32, 32, 3), seed=1)
    part = keras.Model(base.input, base.get_layer("block1_pool").output)
    model = keras.Sequential([part, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2, activation="softmax")])
    severity, said, _ = found(model, images, generator=SCALED)["scaling"]
    assert (severity, "scaled twice" in said) == ("warning", True)
    assert found(model, images, generator=PLAIN)["scaling"][0] == "note"


def test_a_known_network_wants_its_own_preprocessing(images):
    inner = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)], name="vgg16")
    severity, said, remedy = found(network(inner), images)["scaling"]
    assert (severity, "between -124 and 151" in said) == ("note", True)
    inner.trainable = False
    model = network(inner)
    assert found(model, images)["scaling"][0] == "warning"
    assert "keras.applications.vgg16.preprocess_input" in remedy
    own = image_data_generator(preprocessing_function=keras.applications.vgg16.preprocess_input)
    assert found(model, images, generator=own)["scaling"][0] == "note"


@pytest.mark.parametrize("name", ["vgg16", "mobilenet", "densenet121", "mobilenet_v3_small", "convnext_tiny"])
def test_a_network_that_brings_its_scaling_wants_grey_levels(name, images):
    base = pretrained(name, None, input_shape=(32, 32, 3), seed=1)
    grey, scaled = (flow_images(images, each, target_size=(32, 32), seed=1) for each in (PLAIN, SCALED))
    assert check_scaling(base, grey) == []
    [finding] = check_scaling(base, scaled)
    assert (finding.severity, "rescale = None" in finding.remedy) == ("warning", True)
    assert re.search("scaled twice|subtracts means", finding.message)


def test_a_function_of_keras_in_front_of_a_network_that_scales_is_caught(images):
    base = pretrained("mobilenet_v2", None, input_shape=(32, 32, 3), alpha=0.35, pooling="avg", seed=1)
    model = keras.Sequential([keras.Input((32, 32, 3)), base, keras.layers.Dense(2, activation="softmax")])
    own = image_data_generator(preprocessing_function=keras.applications.mobilenet_v2.preprocess_input)
    severity, said, _ = found(model, images, generator=own)["scaling"]
    assert (severity, "scaled twice" in said) == ("warning", True)


@pytest.mark.parametrize(
    ("head", "options", "check", "expected"),
    [
        ((3, "softmax"), {}, "last layer", ("error", "ends with 3 units, but there are 2 labels")),
        ((1, "softmax"), {}, "last layer", ("error", "one softmax unit")),
        ((1, "sigmoid"), {"loss": "categorical_crossentropy"}, "loss", ("error", "needs one unit per label")),
        ((2, "sigmoid"), {"loss": "categorical_crossentropy"}, "loss", ("warning", "independent of each other")),
    ],
)
def test_last_layers_and_losses_that_do_not_fit(images, head, options, check, expected):
    units, activation = head
    severity, said, remedy = found(network(units=units, activation=activation), images, **options)[check]
    assert (severity, expected[1] in said) == (expected[0], True)
    assert remedy


def test_a_loss_that_takes_logits_of_a_softmax(images):
    model = network()
    model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
    severity, _, remedy = found(model, images)["loss"]
    assert (severity, remedy) == ("warning", "Compile it with from_logits = False.")


def test_an_error_leaves_out_what_cannot_be_told_without_its_cause(images):
    assert list(found(network(units=3), images)) == ["last layer"]


def test_what_was_written_for_keras_1_moves_in_steps(images):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Convolution2D(32, 3, 3),
            keras.layers.Flatten(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    severity, _, remedy = found(model, images)["strides"]
    assert (severity, "`Conv2D(32, (3, 3))`" in remedy) == ("warning", True)
    assert "strides" not in found(cnn((8, 8, 3), 2, filters=2, units=None, seed=1), images)


def test_a_network_that_has_its_steps_on_purpose_is_not_warned_of(images):
    model = weather_cnn((150, 150, 3), 2, seed=1)
    assert found(model, images, target_size=(150, 150))["strides"][0] == "note"


def test_layers_that_were_frozen_after_a_training_are_told(images):
    model = network()
    model.compile("sgd", "categorical_crossentropy")
    assert "frozen layers" not in found(model, images)
    model.fit(np.zeros((2, 8, 8, 3)), np.eye(2), verbose=0)
    freeze_weights(model, to=0)
    severity, said, _ = found(model, images)["frozen layers"]
    assert (severity, "2 weights changed sides" in said) == ("note", True)


def test_a_model_that_is_all_frozen_learns_nothing(images):
    severity, said, _ = found(freeze_weights(network()), images)["frozen layers"]
    assert (severity, said) == ("warning", "No layer of `model` learns: all its weights are frozen.")


def test_labels_of_validation_in_another_order_are_an_error(images):
    train, held = (images[images["split"] == split] for split in ("train", "validation"))
    other = held.assign(label=held["label"].cat.reorder_categories(["dog", "cat"]))
    flow = flow_images(other, target_size=(8, 8), seed=1)
    severity, said, _ = found(network(), train, validation=flow)["labels"]
    assert (severity, "'dog' and 'cat', but" in said) == ("error", True)


def test_images_that_train_and_validate_are_told_once(images):
    rows = preflight(network(), images[images["split"] == "train"], validation=images.iloc[:3], progress=False, seed=1)
    assert rows["check"].tolist().count("shared images") == 1
    severity, said, remedy = tuple(rows[rows["check"] == "shared images"].iloc[0])[1:]
    assert (severity, said.startswith("3 images stand among")) == ("warning", True)
    assert remedy.startswith("Take them out")


def test_imbalance_is_told_unless_weights_make_up_for_it(images):
    few = images[(images["label"] == "cat") | (images.index % 8 == 0)]
    severity, said, _ = found(network(), few)["imbalance"]
    assert (severity, said) == ("note", "The label 'cat' has 5 images to learn from, 'dog' only 1 image.")
    assert "imbalance" not in found(network(), few, class_weight="balanced")


def test_imbalance_is_that_of_the_images_that_train_now(images):
    few = images[(images["label"] == "cat") | (images.index % 8 == 0)]
    classifier = fit_classifier(network(), few, epochs=1, progress=False, seed=1)
    assert "imbalance" in found(classifier, few)
    assert "imbalance" not in found(classifier, few[few["split"] == "train"].drop_duplicates("label"))


def test_few_validation_images_decide_nothing_and_groups_count_as_one(images):
    assert found(network(), images)["validation"][1].startswith("4 images validate: of a model that is right in 90 %")
    grouped = images.assign(group=["a", "b"] * 8)
    assert found(network(), grouped)["validation"][1].startswith("2 groups validate")
    assert found(network(), images.drop(columns="split"))["validation"][1].startswith("No image validates")


def test_as_many_steps_as_images_are_probably_a_mistake(images):
    severity, said, _ = found(network(), images, batch_size=5, steps_per_epoch=10)["steps"]
    assert severity == "warning"
    assert said == "An epoch of 10 steps of 5 images shows each image 5 times: all 10 images are seen in 2 steps."
    for steps in (4, 20):
        assert found(network(), images, batch_size=5, steps_per_epoch=steps)["steps"][0] == "note"
    assert "steps" not in found(network(), images, batch_size=5)


def test_memory_that_there_is_not_is_warned_of(images, monkeypatch):
    monkeypatch.setattr(_checks_cost, "memory_bytes", lambda: (2**30, 2**10))
    severity, _, remedy = found(network(), images)["memory"]
    assert (severity, "smaller `batch_size`" in remedy) == ("warning", True)
    monkeypatch.setattr(_checks_cost, "memory_bytes", lambda: (None, None))
    assert "memory" not in found(network(), images)


def test_the_memory_of_weights_is_that_of_gradients_and_the_optimizer_too(images):
    # 240 x 240 x 3 x 2 + 2 weights of a dense layer; with Adam each is there four times, in 4 bytes.
    layers = [keras.Input((240, 240, 3)), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")]
    said = found(keras.Sequential(layers), images)["memory"][1]
    assert f"({345_602 * 4 * 4 / 2**20:.0f} MiB for 345,602 parameters" in said


def test_the_time_is_told_from_steps_and_epochs(images):
    said = found(network(), images.drop(columns="split"), batch_size=4, epochs=3)["time"][1]
    assert said == "A step of 4 images takes about 60 s: about 4 min an epoch, 12 min in all (3 epochs of 4 steps)."


@pytest.fixture
def failing(monkeypatch):
    """Let the measured step fail."""

    def fail(error):
        def step(*arguments):
            raise error

        monkeypatch.setattr(_checks_cost, "time_steps", step)

    return fail


def test_a_step_that_does_not_fit_into_memory_is_warned_of_beside_all_else(images, failing):
    failing(tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"))
    rows = preflight(network(), images, batch_size=4, progress=False, seed=1)
    assert sorted(rows["check"]) == ["memory", "memory", "scaling", "validation"]
    assert rows["message"].iloc[0] == "The memory does not suffice to learn from a batch of 4 images."


def test_a_measurement_that_fails_leaves_what_else_was_found(images, failing):
    failing(TidycnnError("The step failed."))
    rows = preflight(network(), images, progress=False, seed=1)
    assert rows["check"].tolist() == ["images", "validation", "memory", "scaling"]


def test_an_error_of_another_kind_does_not_hide_what_was_said_before_it():
    heard = []
    with pytest.raises(ZeroDivisionError), hearing("images", heard):
        warn("It is late.")
        raise ZeroDivisionError
    assert [each.message for each in heard] == ["It is late."]


def test_files_that_are_gone_are_a_finding(images):
    for path in images["path"]:
        Path(path).unlink()
    assert preflight(network(), images, progress=False, seed=1)["severity"].iloc[0] == "error"


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_it_takes_the_control_of_a_fit(images, precision):
    control = fit_control(precision=precision, on_error="skip")
    assert "time" in found(network(), images, control=control)


def test_a_fit_warns_of_what_is_probably_a_mistake_and_not_of_what_is_only_to_be_known(images):
    model = network(keras.layers.Rescaling(1 / 255))
    with pytest.warns(TidycnnWarning) as said:
        fit_classifier(model, images, generator=SCALED, epochs=1, progress=False, seed=1)
    assert [str(each.message)[:24] for each in said] == ["Pixels are scaled twice:"]


def test_a_fit_tells_once_what_its_own_rules_say(images):
    model = network(activation="sigmoid")
    with pytest.warns(TidycnnWarning) as said:
        fit_classifier(model, images, loss="categorical_crossentropy", epochs=1, progress=False, seed=1)
    assert len(said) == 1


def test_findings_are_spanish_where_the_system_is(images, monkeypatch):
    monkeypatch.setenv("LANGUAGE", "es")
    rows = preflight(network(units=3, activation="softmax"), images, progress=False, seed=1)
    assert rows["message"].tolist() == ["`model` termina con 3 unidades, pero hay 2 etiquetas ('cat' y 'dog')."]
    assert rows["remedy"].tolist() == ["Dé a su última capa 1 unidad sigmoid o 2 unidades softmax."]
    shared = preflight(network(), images, validation=images.iloc[:3], progress=False, seed=1)
    assert rows.columns.tolist() == shared.columns.tolist()


def test_a_fit_warns_in_spanish(images, monkeypatch):
    monkeypatch.setenv("LANGUAGE", "es")
    model = network(keras.layers.Rescaling(1 / 255))
    with pytest.warns(TidycnnWarning, match="Los píxeles se escalan dos veces"):
        fit_classifier(model, images, generator=SCALED, epochs=1, progress=False, seed=1)


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_name_the_same_values(key):
    text = TEXTS[key]
    names = [{*re.findall(r"{(\w+)}", " ".join(words))} for words in (text.en, text.es)]
    assert names[0] == names[1]
    assert bool(text.en.remedy) == bool(text.es.remedy)


@pytest.mark.parametrize("key", TEXTS)
def test_what_is_said_is_recognised(key):
    names = {*re.findall(r"{(\w+)}", " ".join(TEXTS[key].en))}
    values = {name: f"'{name} and more'" for name in names}
    known = recognise(" ".join(filter(None, spell(key, **values))))
    assert known == (TEXTS[key].check, spell(key, **values))


def test_names_in_quotes_are_not_translated(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "es")
    said = spell("absent labels", labels="'2 images and groups' and 'b'", way="x").message
    assert "'2 images and groups' y 'b'" in said
