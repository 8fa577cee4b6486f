"""Generators on arrays mean what those of Keras mean: the reference is the class that Keras still holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from keras.src.legacy.preprocessing.image import ImageDataGenerator as KerasGenerator
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from tidycnn import fit_image_data_generator, flow_images_from_data, image_data_generator
from tidycnn.core.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:This ImageDataGenerator specifies")

FILL_MODES = ["nearest", "constant", "reflect", "wrap"]
SINGLE: list[dict[str, Any]] = [
    {},
    {"theta": 25.0},
    {"theta": -170.0},
    {"tx": 7.3},
    {"tx": -5},
    {"ty": 4},
    {"ty": -12.6},
    {"shear": 18.0},
    {"shear": -40.0},
    {"zx": 0.7},
    {"zy": 1.4},
    {"zx": 1.3, "zy": 0.6},
    {"flip_horizontal": True},
    {"flip_vertical": True},
    {"brightness": 0.3},
    {"brightness": 1.7},
    {"channel_shift_intensity": 31.5},
    {"channel_shift_intensity": -60.0},
]
MIXED = {"theta": -10.0, "tx": 4.5, "ty": 9.2, "shear": 5.0, "zx": 0.9, "zy": 1.2, "flip_horizontal": True}
COLOURED = MIXED | {"channel_shift_intensity": 12.0, "brightness": 1.3}
RANDOM = {
    "rotation_range": 60,
    "width_shift_range": 0.3,
    "height_shift_range": 0.2,
    "shear_range": 20,
    "zoom_range": (0.6, 1.5),
    "brightness_range": (0.4, 1.6),
    "channel_shift_range": 30,
    "horizontal_flip": True,
    "vertical_flip": True,
}
RESCALED = {"rescale": 1 / 255}
NORMALISED: list[dict[str, Any]] = [
    RESCALED,
    {"samplewise_center": True},
    {"samplewise_std_normalization": True},
    {"featurewise_center": True},
    {"featurewise_std_normalization": True},
    {"zca_whitening": True, **RESCALED},
    {"preprocessing_function": lambda picture: picture[::-1] / 2 + 3},
    {"featurewise_std_normalization": True, **RESCALED},
    {"samplewise_std_normalization": True, "featurewise_std_normalization": True, **RESCALED},
    {
        "preprocessing_function": lambda picture: picture * 2,
        "samplewise_center": True,
        "featurewise_center": True,
        **RESCALED,
    },
]


def noisy(height: int = 32, width: int = 32, channels: int = 3, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(0, 255, (height, width, channels)).astype(np.float32)


def smooth(height: int = 32, width: int = 32, channels: int = 3, seed: int = 0) -> NDArray[np.float32]:
    blurred = cv2.GaussianBlur(noisy(height, width, channels, seed), (0, 0), 3)
    return cv2.normalize(blurred, None, 0, 255, cv2.NORM_MINMAX).reshape(height, width, channels)


DRAWN: dict[str, Callable[..., NDArray[np.float32]]] = {"noisy": noisy, "smooth": smooth}


def transformed_by_both(
    picture: NDArray[Any], parameters: dict[str, Any], *, exact: bool = False, **options: Any
) -> tuple[NDArray[Any], NDArray[Any]]:
    ours = image_data_generator(exact=exact, **options).apply_transform(picture, parameters)
    return ours, KerasGenerator(**options).apply_transform(picture.copy(), parameters)


def assert_alike(ours: NDArray[Any], theirs: NDArray[Any], *, mean: float = 0.01) -> None:
    difference = np.abs(ours.astype(np.float64) - theirs)
    assert ours.shape == theirs.shape
    assert difference.mean() < mean
    assert (difference <= 2).mean() >= 0.995


def name_of(parameters: dict[str, Any]) -> str:
    return "-".join(f"{name}={value}" for name, value in parameters.items() if not callable(value)) or "nothing"


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("parameters", [*SINGLE, MIXED, COLOURED], ids=name_of)
def test_a_transform_of_a_square_picture_is_that_of_keras(parameters: Any, fill_mode: Any, kind: str) -> None:
    assert_alike(*transformed_by_both(DRAWN[kind](), parameters, fill_mode=fill_mode, cval=90.0))


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("parameters", [*SINGLE, MIXED, COLOURED], ids=name_of)
def test_an_exact_transform_of_an_oblong_picture_is_that_of_keras(parameters: Any, fill_mode: Any) -> None:
    assert_alike(*transformed_by_both(noisy(20, 37), parameters, exact=True, fill_mode=fill_mode, cval=90.0))


@pytest.mark.parametrize("exact", [False, True])
def test_200_random_combinations_are_those_of_keras(exact: bool) -> None:
    drawn = image_data_generator(exact=exact, **RANDOM)
    shape = (20, 37, 3) if exact else (32, 32, 3)
    for seed in range(200):
        parameters = drawn.get_random_transform(shape, seed=seed)
        picture = DRAWN["noisy" if seed % 2 else "smooth"](*shape, seed=seed)
        options = {"fill_mode": FILL_MODES[seed // 2 % 4], "interpolation_order": int(seed % 16 < 12)}
        assert_alike(*transformed_by_both(picture, parameters, exact=exact, **options), mean=0.1)


@pytest.mark.parametrize("parameters", [{"theta": 21.0}, {"zx": 0.8, "zy": 1.3}, MIXED], ids=name_of)
def test_order_0_takes_the_pixels_that_keras_takes(parameters: Any) -> None:
    ours, theirs = transformed_by_both(noisy(), parameters, interpolation_order=0)
    assert (ours == theirs).mean() > 0.995


@pytest.mark.parametrize("parameters", [*SINGLE, MIXED, COLOURED], ids=name_of)
def test_grey_pictures_are_transformed_as_by_keras(parameters: Any) -> None:
    assert_alike(*transformed_by_both(noisy(channels=1), parameters))


@pytest.mark.parametrize("parameters", [*(each for each in SINGLE if "brightness" not in each), MIXED], ids=name_of)
def test_pictures_with_transparency_are_transformed_as_by_keras(parameters: Any) -> None:
    assert_alike(*transformed_by_both(noisy(channels=4), parameters))


@pytest.mark.parametrize("parameters", [{"brightness": 0.3}, {"brightness": 1.7}, COLOURED], ids=name_of)
def test_brightness_leaves_transparency_alone_as_in_keras(parameters: Any) -> None:
    # Keras cuts transparency to whole levels.
    assert_alike(*transformed_by_both(noisy(channels=4), parameters), mean=0.5)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("brightness", [0.6, 1.4])
def test_flows_brighten_as_keras_does(brightness: float, channels: int) -> None:
    options: dict[str, Any] = {"brightness_range": (brightness, brightness)}
    x = noisy(channels=channels).astype(np.uint8)[None]
    flow = flow_images_from_data(x, generator=image_data_generator(**options))
    np.testing.assert_array_equal(flow[0], KerasGenerator(**options).flow(x)[0])


@pytest.mark.parametrize("parameters", [*SINGLE, MIXED], ids=name_of)
def test_pictures_of_8_bits_are_transformed_as_by_keras_but_not_rounded(parameters: Any) -> None:
    assert_alike(*transformed_by_both(noisy().astype(np.uint8), parameters), mean=0.5)


# Keras takes no brightness of pictures with the channels first.
@pytest.mark.parametrize("parameters", [{"theta": 25.0}, {"tx": 7.3}, {"flip_vertical": True}, MIXED], ids=name_of)
def test_channels_may_come_first_as_in_keras(parameters: Any) -> None:
    picture = np.moveaxis(noisy(), 2, 0)
    assert_alike(*transformed_by_both(picture, parameters, data_format="channels_first"))


def test_channels_first_give_what_channels_last_give() -> None:
    picture = noisy(20, 37)
    last = image_data_generator().apply_transform(picture, COLOURED)
    first = image_data_generator(data_format="channels_first").apply_transform(np.moveaxis(picture, 2, 0), COLOURED)
    np.testing.assert_array_equal(np.moveaxis(first, 0, 2), last)


def test_values_beyond_grey_levels_are_brightened_as_by_keras() -> None:
    assert_alike(*transformed_by_both(noisy() * 2 - 100, {"brightness": 0.6}))


def test_the_picture_given_stays_as_it_is() -> None:
    picture = noisy()
    image_data_generator(samplewise_std_normalization=True).standardize(picture)
    image_data_generator().apply_transform(picture, COLOURED)
    np.testing.assert_array_equal(picture, noisy())


@pytest.mark.parametrize("theta", [90.0, 180.0, 45.0])
def test_rotation_keeps_the_true_centre_of_an_oblong_picture(theta: float) -> None:
    picture = np.zeros((15, 31, 1), dtype=np.float32)
    picture[7, 15] = 255
    turned = image_data_generator().apply_transform(picture, {"theta": theta})
    assert turned[7, 15, 0] == pytest.approx(255)


def test_flows_rotate_oblong_pictures_around_their_true_centre() -> None:
    pictures = np.zeros((20, 15, 31, 1), dtype=np.uint8)
    pictures[:, 5:10, 13:18] = 255
    x = flow_images_from_data(pictures, generator=image_data_generator(rotation_range=180), seed=1)[0]
    assert x[:, 7, 15].min() > 250


@pytest.mark.parametrize(("axis", "parameter"), [(0, "height_shift_range"), (1, "width_shift_range")])
def test_a_shift_moves_along_its_own_side(axis: int, parameter: str) -> None:
    levels = np.arange(31, dtype=np.float32)[:15] if axis == 0 else np.arange(31, dtype=np.float32)
    picture = np.broadcast_to(levels[:, None, None] if axis == 0 else levels[None, :, None], (15, 31, 1))
    other = {"height_shift_range": "width_shift_range", "width_shift_range": "height_shift_range"}[parameter]
    moved = image_data_generator(**{parameter: [3.0]}).random_transform(picture, seed=1)
    still = image_data_generator(**{other: [3.0]}).random_transform(picture, seed=1)
    np.testing.assert_allclose(still, picture)
    np.testing.assert_allclose(np.abs(moved - picture)[5:10, 5:26], 3)


def draws(generator: Any, shape: tuple[int, int, int]) -> dict[str, NDArray[np.float64]]:
    found = [generator.get_random_transform(shape, seed) for seed in range(2000)]
    return {name: np.array([each[name] for each in found], dtype=np.float64) for name in found[0]}


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        RANDOM,
        {"width_shift_range": 5, "height_shift_range": 1, "zoom_range": 0.3},
        {"width_shift_range": 5.0, "height_shift_range": 1.0, "zoom_range": (0.9, 0.9)},
        {"width_shift_range": [1.0, 4.0, -6.0], "height_shift_range": [0.1, 0.25]},
        {"height_shift_range": 3, "brightness_range": (1.0, 1.0), "horizontal_flip": True},
        {},
    ],
    ids=["fractions", "whole pixels", "pixels", "lists", "one shift", "nothing"],
)
def test_parameters_are_drawn_from_the_distributions_of_keras(options: Any, exact: bool) -> None:
    ours = draws(image_data_generator(exact=exact, **options), (40, 60, 3))
    theirs = draws(KerasGenerator(**options), (40, 60, 3))
    if not exact:  # Keras interchanges the two shifts.
        theirs["tx"], theirs["ty"] = theirs["ty"], theirs["tx"]
    assert list(ours) == list(theirs)
    for name, drawn in ours.items():
        if np.isnan(theirs[name]).any():
            assert np.isnan(drawn).all()
        else:
            assert ks_2samp(drawn, theirs[name]).pvalue > 0.001, name


def test_listed_shifts_are_those_of_keras() -> None:
    options = {"width_shift_range": [1.0, 4.0, -6.0], "height_shift_range": [0.1, 0.25]}
    ours, theirs = (draws(make(**options), (40, 60, 3)) for make in (image_data_generator, KerasGenerator))
    assert (set(ours["tx"]), set(ours["ty"])) == (set(theirs["ty"]), set(theirs["tx"]))


def test_the_seed_decides_what_is_drawn() -> None:
    generator = image_data_generator(**RANDOM)
    drawn = [generator.get_random_transform((40, 60, 3), seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    picture = noisy()
    np.testing.assert_array_equal(
        generator.random_transform(picture, seed=3),
        generator.apply_transform(picture, generator.get_random_transform(picture.shape, 3)),
    )


def many(n: int = 60, side: int = 4, channels: int = 3) -> NDArray[np.float32]:
    return np.stack([noisy(side, side, channels, seed) + 20 * seed % 50 for seed in range(n)])


def fitted_by_both(x: NDArray[Any], fit: dict[str, Any] | None = None, **options: Any) -> tuple[Any, Any]:
    """Fit both generators; Keras's in double precision, as the better reference."""
    ours = fit_image_data_generator(image_data_generator(**options), x, **(fit or {}))
    theirs = KerasGenerator(dtype="float64", **options)
    theirs.fit(x, **(fit or {}))
    return ours, theirs


@pytest.mark.parametrize("more", [{}, RESCALED, {"data_format": "channels_first"}], ids=name_of)
def test_mean_and_deviation_are_those_of_keras(more: Any) -> None:
    x = np.moveaxis(many(), 3, 1) if "data_format" in more else many()
    ours, theirs = fitted_by_both(x, featurewise_center=True, featurewise_std_normalization=True, **more)
    np.testing.assert_allclose(ours.statistics.mean, theirs.mean.ravel(), rtol=1e-5)
    np.testing.assert_allclose(ours.statistics.deviation, theirs.std.ravel(), rtol=1e-5)


@pytest.mark.parametrize("more", [{}, RESCALED, {"zca_epsilon": 0.1}], ids=name_of)
def test_the_whitening_matrix_is_that_of_keras(more: Any) -> None:
    ours, theirs = fitted_by_both(many(), zca_whitening=True, **more)
    matrix = theirs.zca_whitening_matrix
    np.testing.assert_allclose(ours.statistics.whitening, matrix, rtol=1e-4, atol=1e-5 * np.abs(matrix).max())


def test_whitening_goes_before_deviations_as_in_keras() -> None:
    ours, theirs = fitted_by_both(many(), zca_whitening=True, featurewise_std_normalization=True)
    picture = many(1)[0]
    np.testing.assert_allclose(ours.standardize(picture), theirs.standardize(picture.astype(np.float64)), atol=1e-3)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("options", NORMALISED, ids=name_of)
def test_a_picture_is_normalised_as_by_keras(options: Any, channels: int) -> None:
    x = many(80, channels=channels)
    ours, theirs = fitted_by_both(x, **options)
    expected = theirs.standardize(x[5].astype(np.float64))
    np.testing.assert_allclose(ours.standardize(x[5]), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


def test_channels_first_are_normalised_as_by_keras() -> None:
    x = np.moveaxis(many(), 3, 1)
    for options in ({"featurewise_std_normalization": True}, {"zca_whitening": True}):
        ours, theirs = fitted_by_both(x, data_format="channels_first", **options)
        np.testing.assert_allclose(ours.standardize(x[5]), theirs.standardize(x[5].astype(np.float64)), atol=1e-3)


def test_flows_normalise_as_keras_does() -> None:
    ours, theirs = fitted_by_both(many(), featurewise_std_normalization=True, samplewise_center=True, **RESCALED)
    expected = theirs.flow(many(), shuffle=False, batch_size=7)
    flow = flow_images_from_data(many(), generator=ours, shuffle=False, batch_size=7)
    np.testing.assert_allclose(flow[1], expected[1], atol=1e-5)


def test_augmented_images_are_learned_from_as_by_keras() -> None:
    x = np.stack([smooth(16, 16, seed=seed) for seed in range(40)])
    options: dict[str, Any] = {"featurewise_std_normalization": True, "brightness_range": (0.3, 0.5), "zoom_range": 0.2}
    ours, theirs = fitted_by_both(x, {"augment": True, "rounds": 3, "seed": 1}, **options)
    np.testing.assert_allclose(ours.statistics.mean, theirs.mean.ravel(), rtol=0.03)
    np.testing.assert_allclose(ours.statistics.deviation, theirs.std.ravel(), rtol=0.06)
    assert (ours.statistics.mean < 0.6 * x.mean(axis=(0, 1, 2))).all()


def test_learning_from_a_flow_is_learning_from_its_pictures() -> None:
    x = many()
    flow = flow_images_from_data(x, generator=image_data_generator(rescale=0.5, rotation_range=90), seed=1)
    learned = [
        fit_image_data_generator(image_data_generator(featurewise_center=True, **RESCALED), source).statistics
        for source in (flow, x)
    ]
    np.testing.assert_allclose(learned[0].mean, learned[1].mean, rtol=1e-5)


@pytest.mark.parametrize("name", ["featurewise_center", "featurewise_std_normalization", "zca_whitening"])
def test_statistics_that_were_not_learned_are_named(name: str) -> None:
    generator = image_data_generator(**{name: True})
    flow = generator.flow(noisy()[None])
    for normalise in (generator.standardize, lambda x: flow[0], lambda x: flow.plain(), lambda x: next(flow)):
        with pytest.raises(InputError, match=f"`{name}`"):
            normalise(noisy())


def test_a_function_that_changes_the_shape_is_named() -> None:
    generator = image_data_generator(preprocessing_function=lambda picture: picture[:3])
    for normalise in (generator.standardize, lambda x: generator.flow(x[None])[0]):
        with pytest.raises(InputError, match=r"`preprocessing_function` must give a picture of the same shape"):
            normalise(noisy())


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"fill_mode": "mirror"}, "fill_mode"),
        ({"data_format": "channels_middle"}, "data_format"),
        ({"zoom_range": (0.8, 1.0, 1.2)}, "zoom_range"),
        ({"brightness_range": (0.5, 1.0, 1.5)}, "brightness_range"),
        ({"dtype": "int8"}, "dtype"),
        ({"interpolation_order": 2}, "interpolation_order"),
    ],
)
def test_a_value_that_a_parameter_does_not_take_is_named(options: Any, argument: str) -> None:
    with pytest.raises(InputError, match=f"`{argument}` must be"):
        image_data_generator(**options)


def test_an_unknown_transform_parameter_is_named() -> None:
    with pytest.raises(InputError, match="`transform_parameters` names 'rotation'"):
        image_data_generator().apply_transform(noisy(), {"rotation": 3})
