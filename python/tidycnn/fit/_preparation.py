"""How images become what a model takes: its size and colours, and the generator's normalisation."""

from __future__ import annotations

from typing import Any, TypeAlias

from tidycnn.core.errors import InputError, described, listed, spell_shape
from tidycnn.core.preprocessing import CHANNELS, COLOR_MODES, Preprocessing
from tidycnn.core.progress import remark
from tidycnn.core.types import ColorMode, DataFormat, Interpolation, is_flow
from tidycnn.flow.generator import RESCALED, ImageDataGenerator
from tidycnn.model.scaling import grey_scaler

Shape: TypeAlias = tuple[int | None, int | None, int | None]


def generator_for(model: Any, generator: Any, images: Any = None) -> Any:
    """Give the generator that was given, else one that only scales, and not even that where the model does it itself.

    A flow has its own.
    """
    if generator is not None:
        return generator
    layer = None if is_flow(images) else grey_scaler(model)
    if layer is None:
        return RESCALED
    remark(f"Images are given as grey levels: the model scales them itself, by its layer {layer!r}.")
    return ImageDataGenerator()


def prepare_images(
    model: Any,
    generator: Any,
    target_size: tuple[int, int] | None = None,
    color_mode: ColorMode | None = None,
    interpolation: Interpolation | None = None,
    *,
    exif: bool = True,
) -> Preprocessing:
    """Find the preprocessing for `model`: from a flow, or from a generator and the model's input."""
    if not isinstance(generator, ImageDataGenerator):
        preprocessing = flow_preprocessing(generator)
        _check_agreement(preprocessing, target_size, color_mode, interpolation, None if exif else exif)
    else:
        shape = _picture_shape(model, generator.data_format)
        preprocessing = generator.preprocessing(
            _choose_size(shape, target_size),
            color_mode or _choose_colors(shape),
            interpolation or "bilinear",
            exif=exif,
        )
    check_fits_model(model, preprocessing)
    return preprocessing


def flow_preprocessing(flow: Any) -> Preprocessing:
    """Give the preprocessing of a flow."""
    preprocessing = getattr(flow, "preprocessing", None)
    if not isinstance(preprocessing, Preprocessing):
        raise InputError(
            f"A flow must be one of `flow_images()` or its kin, not {described(flow)}.",
            hint="Other data sets are trained on with Keras itself; `as_classifier()` takes the model afterwards.",
        )
    flow.teacher.check_learned()
    return preprocessing


def check_fits_model(model: Any, preprocessing: Preprocessing) -> None:
    """Refuse images that are not what the model takes."""
    wanted, given = _picture_shape(model, preprocessing.data_format), preprocessing.picture_shape
    if any(want is not None and want != have for want, have in zip(wanted, given, strict=True)):
        raise InputError(
            f"`model` takes images of {_spelled(wanted)}, but they would be {_spelled(given)}.",
            hint="Leave `target_size` and `color_mode` to the model, or build the model for these images.",
        )


def check_same_preprocessing(known: Preprocessing, other: Preprocessing, argument: str, *, than: str) -> None:
    """Refuse a flow that prepares its images in another way."""
    differences = other.differences(known)
    if differences:
        raise InputError(
            f"`{argument}` prepares images in another way than {than}: {', '.join(differences)}.",
            hint="Make the flow with the same generator and size, or give the frame of images.",
        )


def _check_agreement(preprocessing: Preprocessing, *given: object) -> None:
    names = ("target_size", "color_mode", "interpolation", "exif")
    for name, value in zip(names, given, strict=True):
        if value is not None and value != getattr(preprocessing, name):
            raise InputError(
                f"`{name}` is {described(value)}, but the flow has {described(getattr(preprocessing, name))}.",
                hint=f"Leave `{name}` out: a flow has its own.",
            )


def _choose_size(shape: Shape, target_size: tuple[int, int] | None) -> tuple[int, int]:
    height, width, _ = shape
    if target_size is not None:
        if min(target_size) < 1:
            raise InputError(f"`target_size` must be height and width, each at least 1, not {described(target_size)}.")
        return target_size
    if height is None or width is None:
        raise InputError(
            "`target_size` must be given, because the model takes images of any size.",
            hint=f"Such as target_size = {spell_shape((150, 150))}: height and width.",
        )
    return height, width


def _choose_colors(shape: Shape) -> ColorMode:
    channels = shape[2]
    if channels is not None and channels not in COLOR_MODES:
        raise InputError(f"`model` takes images of {channels} channels; they can have {listed(COLOR_MODES)}.")
    return COLOR_MODES[channels or CHANNELS["rgb"]]


def _picture_shape(model: Any, data_format: DataFormat) -> Shape:
    """Give height, width and channels of the pictures that a model takes."""
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4:
        raise InputError(
            "`model` must take images (height, width, channels), "
            f"but its input has the shape {described(shape)[:200]}.",
            hint=f"Build it with an input such as {spell_shape((150, 150, 3))}.",
        )
    return (shape[1], shape[2], shape[3]) if data_format == "channels_last" else (shape[2], shape[3], shape[1])


def _spelled(shape: Shape) -> str:
    return " x ".join("any" if side is None else str(side) for side in shape)
