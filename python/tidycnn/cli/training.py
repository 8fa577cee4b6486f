"""The options of `tidycnn train`: those of a network, of `image_data_generator()`, `fit_classifier()`, `fit_control()`.

Shorthands are the options of most trainings, by words that need no explaining; each stands for one or more of those.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

import tidycnn
from tidycnn.cli.options import Command, PublicOption, is_given, public_options, with_options
from tidycnn.cli.signatures import read_arguments
from tidycnn.cli.source import is_csv, read_csv, splits_of
from tidycnn.core.errors import listed

if TYPE_CHECKING:
    import pandas as pd

    from tidycnn.flow.generator import ImageDataGenerator

MODELS = ("blood_cells_small", "blood_cells_deep", "weather_cnn", "resnet_cifar", "cnn")
VALIDATION = 0.15
RESCALE = 1 / 255


class Training(NamedTuple):
    """What is asked of a training: a model by its name, and what was given for each function, by name."""

    model: str
    network: dict[str, Any]
    generator: dict[str, Any]
    fitting: dict[str, Any]
    control: dict[str, Any]

    def build_model(self, classes: int) -> Any:
        """Build the network for images of `target_size`, or of the size that it was made for."""
        size = self.fitting.get("target_size")
        made_for = read_arguments(self.model)["input_shape"].default
        shape = made_for if size is None else (*size, made_for[2])
        return getattr(tidycnn, self.model)(shape, classes, seed=self.fitting.get("seed"), **self.network)

    def settings(self, model: Any, images: pd.DataFrame) -> dict[str, Any]:
        """Give the arguments of `fit_classifier()`; a share to validate on only where no split is for that."""
        own = None if "validation_split" in self.generator else VALIDATION
        validation = self.fitting.get("validation", own)
        if isinstance(validation, float) and (validation == 0 or "validation" in splits_of(images)):
            validation = None
        elif isinstance(validation, str) and is_csv(validation):
            validation = read_csv(validation)
        generator = tidycnn.image_data_generator(**{"rescale": RESCALE, **self.generator})
        if generator.needs_fit:
            if isinstance(validation, float):
                images, validation = self._share_apart(images, validation), None
            self._learn_statistics(generator, model, images)
        control = tidycnn.fit_control(**self.control)
        chosen = {"images": images, "validation": validation, "generator": generator, "control": control}
        return {**self.fitting, **chosen}

    def _share_apart(self, images: pd.DataFrame, share: float) -> pd.DataFrame:
        """Set images apart before statistics are learned, so that none to validate on are among those."""
        whole = images[images["status"] == "ok"].reset_index(drop=True)
        shares = {"train": 1 - share, "validation": share}
        from_ = ["train"] if splits_of(images) else None
        return tidycnn.split_images(whole, shares, from_=from_, seed=self.fitting.get("seed"))

    def _learn_statistics(self, generator: ImageDataGenerator, model: Any, images: pd.DataFrame) -> None:
        kept = images["status"] == "ok"
        if splits_of(images):
            kept &= images["split"] == "train"
        rows = images[kept].reset_index(drop=True)
        height, width = model.input_shape[1:3]
        seed, exif = self.fitting.get("seed"), self.fitting.get("exif", True)
        flow = tidycnn.flow_images(rows, target_size=(height, width), exif=exif, shuffle=False, seed=seed)
        tidycnn.fit_image_data_generator(generator, flow, seed=seed)


class Shorthand(NamedTuple):
    """A word for options that are given together."""

    part: str
    meant: tuple[str, ...]
    value: Any
    help: str
    metavar: str | None = None


_SHORTHANDS = {
    "flip": Shorthand("generator", ("horizontal_flip", "vertical_flip"), True, "Flip left and right, up and down."),
    "rotate": Shorthand("generator", ("rotation_range",), None, "Turn up to that far.", "DEGREES"),
    "shift": Shorthand("generator", ("width_shift_range", "height_shift_range"), None, "Move by up to that.", "SHARE"),
    "zoom": Shorthand("generator", ("zoom_range",), None, "Enlarge or shrink by it.", "SHARE"),
    "standardize": Shorthand(
        "generator",
        ("samplewise_center", "samplewise_std_normalization"),
        True,
        "Bring the values of every image to mean 0 and deviation 1: networks without normalisation learn sooner, and "
        "differences of light between images count less.",
    ),
    "balanced": Shorthand("fitting", ("class_weight",), "balanced", "Let rare labels count as much as frequent ones."),
}


def training_options(command: Command) -> Command:
    """Give a command its `training`."""

    @functools.wraps(command)
    def wrapper(*, model: str, **options: Any) -> Any:
        given = {name: options.pop(name) for name in _SHORTHANDS}
        parts = {name: options.pop(name) for name in Training._fields if name != "model"}
        _spell_out({name: value for name, value in given.items() if is_given(name)}, parts)
        _check_model(model, parts["network"])
        return command(training=Training(model, **parts), **options)

    taking = public_options(
        "control",
        ["fit_control"],
        section="How the training runs",
        without=["workers"],
        names={"background": ["--detach"]},
    )(wrapper)
    taking = public_options(
        "generator", ["image_data_generator"], section="Augmentation and normalisation", defaults={"rescale": RESCALE}
    )(taking)
    taking = with_options(taking, *[_shorthand_option(name, shorthand) for name, shorthand in _SHORTHANDS.items()])
    taking = public_options(
        "fitting",
        ["fit_classifier"],
        section="Training",
        without=["images", "model", "overwrite"],
        readers={"target_size": ("HEIGHT[xWIDTH]", read_size), "validation": ("SHARE|PATH", read_validation)},
        notes={"validation": f"default: {VALIDATION} where no split is for that; 0: none"},
    )(taking)
    taking = public_options("network", MODELS, section="Network", without=["input_shape", "classes", "seed"])(taking)
    return with_options(
        taking,
        click.option(
            "--model",
            cls=PublicOption,
            section="Network",
            type=click.Choice(MODELS),
            default=MODELS[0],
            show_default=True,
            help="The network.",
        ),
    )


def read_size(text: str) -> tuple[int, int]:
    """Read `96` or `120x160`."""
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise click.UsageError(f"--target-size must be HEIGHT or HEIGHTxWIDTH, such as 96 or 120x160, not {text!r}.")
    return int(parts[0]), int(parts[-1])


def read_validation(text: str) -> float | str:
    """Read `0.2`, or the path of a folder or a CSV file."""
    try:
        share = float(text)
    except ValueError:
        if Path(text).exists():
            return text
    else:
        if 0 <= share < 1:
            return share
    raise click.UsageError(
        f"--validation must be a share such as 0.2 (0 for none), or the path of a folder or CSV file, not {text!r}."
    )


def _shorthand_option(name: str, shorthand: Shorthand) -> Command:
    section = "Training" if shorthand.part == "fitting" else "Augmentation and normalisation"
    named = " and ".join(f"`{each}`" for each in shorthand.meant)
    kind: dict[str, Any] = {"type": float, "metavar": shorthand.metavar} if shorthand.metavar else {"is_flag": True}
    described = f"{shorthand.help} [{named}]"
    return click.option(f"--{name}", name, cls=PublicOption, section=section, help=described, **kind)


def _spell_out(given: Mapping[str, Any], parts: Mapping[str, dict[str, Any]]) -> None:
    """Put what shorthands stand for into its part; refuse what is given twice."""
    for name, value in given.items():
        shorthand = _SHORTHANDS[name]
        for meant in shorthand.meant:
            if meant in parts[shorthand.part]:
                raise click.UsageError(f"--{name} stands for --{meant.replace('_', '-')}: give one of both.")
            parts[shorthand.part][meant] = value if shorthand.value is None else shorthand.value


def _check_model(model: str, network: Mapping[str, Any]) -> None:
    for name in network:
        takers = [each for each in MODELS if name in read_arguments(each)]
        if model not in takers:
            raise click.UsageError(f"--{name.replace('_', '-')} is for {listed(takers)}, not for {model!r}.")
