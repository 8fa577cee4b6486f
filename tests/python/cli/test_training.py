import inspect

import pytest

import tidycnn
from tidycnn.cli.commands import commands
from tidycnn.cli.process import run
from tidycnn.cli.signatures import read_arguments
from tidycnn.cli.training import MODELS

# What no text can say, or what the command finds out by itself.
UNSAID = {
    "fit_classifier": {"model", "images", "generator", "callbacks", "overwrite", "control", "progress"},
    "fit_control": {"workers"},
    "image_data_generator": {"preprocessing_function"},
    "image_table": {"x", "progress"},
    "load_classifier": {"folder"},
    "predict_images": {"classifier", "images", "progress"},
    "score_predictions": {"predictions"},
    **{model: {"input_shape", "classes"} for model in MODELS},
}
REACHED = {
    "images": ["image_table"],
    "train": ["image_table", "fit_classifier", "fit_control", "image_data_generator", *MODELS],
    "evaluate": ["image_table", "load_classifier", "predict_images", "score_predictions"],
    "predict": ["load_classifier", "predict_images"],
}
PAIRS = [(command, function) for command, functions in REACHED.items() for function in functions]


class StoppedError(Exception):
    """The training would begin now."""


@pytest.fixture
def asked(monkeypatch, picture_folder, tmp_path):
    """Give a function that tells what `tidycnn train` asks of the builder of the network and of the fit."""

    def ask(*options, images=picture_folder):
        seen = []

        def fit(model, **settings):
            seen.extend([model, settings])
            raise StoppedError

        monkeypatch.setattr(tidycnn, "fit_classifier", fit, raising=False)
        command = [
            "train",
            str(images),
            "--save",
            str(tmp_path / "cells"),
            "--model",
            "cnn",
            "--target-size",
            "32",
            "--quiet",
        ]
        with pytest.raises(StoppedError):
            run([*command, *map(str, options)])
        return seen

    return ask


@pytest.mark.parametrize(("command", "function"), PAIRS)
def test_every_argument_that_text_can_say_is_an_option(command, function):
    options = {option.name for option in commands.commands[command].params}
    arguments = set(inspect.signature(getattr(tidycnn, function)).parameters)
    assert arguments - options == UNSAID[function] - options
    assert UNSAID[function] <= arguments


@pytest.mark.parametrize(("command", "function"), PAIRS)
def test_the_help_of_an_option_is_the_documentation_of_the_argument(command, function):
    helps = {option.name: getattr(option, "help", None) or "" for option in commands.commands[command].params}
    shared = {"seed"} if function in MODELS else set()
    for name, argument in read_arguments(function).items():
        if name not in UNSAID[function] | shared:
            assert helps[name].startswith(" ".join(argument.help.split())), name


def test_what_is_given_reaches_the_fit(asked):
    _, settings = asked(
        *["--epochs", 3, "--steps-per-epoch", 2, "--optimizer", "sgd", "--metrics", "accuracy", "--metrics", "auc"],
        *["--reduce-lr", "factor=0.5", "--reduce-lr", "patience=2", "--stop-at", "val_accuracy=0.94"],
        *["--schedule", "name=step", "--schedule", "at=80,120", "--schedule", "factor=0.1"],
        *["--class-weight", "cat=2", "--class-weight", "dog=1.5", "--cache", "memory", "--on-error", "skip"],
        *["--precision", "bfloat16", "--threads", 1, "--loss", "categorical_crossentropy", "--seed", 7],
        *["--width-shift-range", 5, "--brightness-range", "0.8,1.2", "--fill-mode", "wrap", "--rescale", "none"],
    )
    generator, control = settings.pop("generator"), settings.pop("control")
    assert not settings.pop("images").empty
    assert settings == {
        "epochs": 3,
        "steps_per_epoch": 2.0,
        "optimizer": "sgd",
        "metrics": ["accuracy", "auc"],
        "reduce_lr": {"factor": 0.5, "patience": 2.0},
        "schedule": {"name": "step", "at": [80.0, 120.0], "factor": 0.1},
        "stop_at": {"val_accuracy": 0.94},
        "class_weight": {"cat": 2.0, "dog": 1.5},
        "loss": "categorical_crossentropy",
        "seed": 7,
        "target_size": (32, 32),
        "validation": 0.15,
        "progress": False,
    }
    assert (control.cache, control.on_error, control.precision, control.threads) == ("memory", "skip", "bfloat16", 1)
    assert (generator.width_shift_range, generator.brightness_range) == (5, (0.8, 1.2))
    assert (generator.fill_mode, generator.rescale) == ("wrap", None)


def test_what_is_not_given_is_left_to_the_functions(asked):
    _, settings = asked()
    assert set(settings) == {"images", "validation", "generator", "control", "target_size", "progress"}
    assert settings["generator"] == tidycnn.image_data_generator(rescale=1 / 255)
    assert settings["control"] == tidycnn.fit_control()


def test_the_arguments_of_a_network_reach_its_builder(asked):
    model, _ = asked("--filters", "4,8", "--units", "none", "--name", "tiny")
    assert (model.name, [layer.filters for layer in model.layers if hasattr(layer, "filters")]) == ("tiny", [4, 8])
    assert not [layer for layer in model.layers if layer.name.startswith("dense")]


def test_shorthands_stand_for_what_their_help_says(asked):
    _, settings = asked("--flip", "--rotate", 20, "--shift", 0.1, "--zoom", 0.2, "--balanced")
    generator = settings["generator"]
    assert (generator.horizontal_flip, generator.vertical_flip, generator.rotation_range) == (True, True, 20)
    assert (generator.width_shift_range, generator.height_shift_range, generator.zoom) == (0.1, 0.1, (0.8, 1.2))
    assert settings["class_weight"] == "balanced"


VALIDATION_MUST = "--validation must be a share such as 0.2 (0 for none), or the path of a folder or CSV file,"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--flip", "--horizontal-flip"], "--flip stands for --horizontal-flip: give one of both."),
        (["--balanced", "--class-weight", "cat=1"], "--balanced stands for --class-weight: give one of both."),
        (["--depth", "20"], "--depth is for 'resnet_cifar', not for 'blood_cells_small'."),
        (["--filters", "many"], "--filters must be INTEGER|INTEGER,..., not 'many'."),
        (["--validation", "nowhere"], f"{VALIDATION_MUST} not 'nowhere'."),
        (["--validation", "2"], f"{VALIDATION_MUST} not '2'."),
        (["--validation", "1"], f"{VALIDATION_MUST} not '1'."),
        (["--validation", "-0.1"], f"{VALIDATION_MUST} not '-0.1'."),
        (["--validation", "nan"], f"{VALIDATION_MUST} not 'nan'."),
        (["--epochs", "3.5"], "'3.5' is not a valid integer"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_cannot_be_is_wrong_usage(picture_folder, tmp_path, capsys, options, message):
    assert run(["train", str(picture_folder), "--save", str(tmp_path / "cells"), *options]) == 2
    assert message in capsys.readouterr().err


def test_images_to_validate_on_can_be_a_folder_or_a_listing(asked, picture_folder, tmp_path):
    assert asked("--validation", picture_folder)[1]["validation"] == str(picture_folder)
    tidycnn.image_table(picture_folder, progress=False).to_csv(tmp_path / "held.csv", index=False)
    assert len(asked("--validation", tmp_path / "held.csv")[1]["validation"]) == 10


@pytest.mark.parametrize("options", [["--validation", "0"], ["--validation-split", "0.2"]], ids=" ".join)
def test_no_share_is_set_apart_where_none_is_wanted_or_the_generator_does_it(asked, options):
    assert asked(*options)[1]["validation"] is None


def test_statistics_are_learned_from_the_images_that_train_alone(asked, monkeypatch):
    learned = []
    flow_images = tidycnn.flow_images
    monkeypatch.setattr(
        tidycnn, "flow_images", lambda rows, **how: learned.append(rows) or flow_images(rows, **how), raising=False
    )
    _, settings = asked("--featurewise-center", "--validation", 0.3, "--seed", 1)
    images = settings["images"]
    assert settings["validation"] is None
    assert settings["generator"].statistics.mean.shape == (3,)
    assert set(learned[0]["path"]) == set(images.loc[images["split"] == "train", "path"])
    assert images["split"].value_counts()["validation"] > 0
