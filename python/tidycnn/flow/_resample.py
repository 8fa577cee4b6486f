"""The innermost loops, compiled by Numba for the processor at hand: one resampling from working picture to batch.

Concerns kept apart: `warp` knows what the parameters mean; here are only pixels.
"""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic
from numpy.typing import NDArray

from tidycnn.core.store import cache_folder

NEAREST, CONSTANT, REFLECT, WRAP = range(4)
# How far beyond the centre of a border pixel still counts as it: what rounding does to the sine of a right angle.
_MARGIN = 1e-6


def resample(
    picture: NDArray[Any],
    matrix: NDArray[np.float64],
    out: NDArray[np.float32],
    *,
    border: int = NEAREST,
    cval: float = 0.0,
    is_nearest: bool = False,
    factor: float = 1.0,
) -> None:
    """Resize and transform a picture in one resampling, and write it to `out`.

    Parameters
    ----------
    picture
        Of shape (height, width, channels), of any size, in 8 bits or as float32.
    matrix
        Where in the resized picture each pixel of `out` comes from, of shape (2, 3); see `warp`.
    out
        Of shape (height, width, channels), without gaps.
    border, cval
        What lies beyond the borders of the resized picture.
    is_nearest
        Take the nearest pixel and mix none.
    factor
        What all levels are multiplied by.
    """
    channels = picture.shape[2]
    # Pixels are read and written by address: nothing else may come this far.
    if not (out.flags.c_contiguous and out.dtype == np.float32 and out.ndim == 3 and out.shape[2] == channels):
        raise ValueError(f"`out` must be a float32 array of {channels} channels without gaps.")
    source = np.ascontiguousarray(picture).reshape(-1)
    source.flags.writeable = False  # Numba compiles anew for each kind of array.
    _resample_ready(picture.dtype, channels)(
        source,
        (picture.shape[0], picture.shape[1]),
        np.ascontiguousarray(matrix, dtype=np.float64),
        out,
        (cval * factor,) * channels,
        border,
        is_nearest,
        factor,
    )


def halve_width(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Average each two neighbours of a picture of shape (height, 2 x width, 3)."""
    height, width, channels = picture.shape
    halved = np.empty((height, width // 2, channels), dtype=np.uint8)
    source = np.ascontiguousarray(picture).reshape(-1)
    source.flags.writeable = False
    _halve_ready()(source, halved.reshape(-1))
    return halved


_OPTIONS = {"nogil": True, "error_model": "numpy"}


def _compiled(function: Callable[..., Any]) -> Any:
    return numba.njit(**_OPTIONS)(function)


def _kept(function: Callable[..., Any]) -> Any:
    """Compile what is called from Python, and keep it with all that it calls."""
    try:
        with _keeping_place():
            return numba.njit(cache=True, **_OPTIONS)(function)
    except (OSError, RuntimeError):  # There is no folder that it could be kept in.
        return _compiled(function)


@contextlib.contextmanager
def _keeping_place() -> Iterator[None]:
    """Have Numba keep what it compiles in the cache folder (or where `NUMBA_CACHE_DIR` says), never with the source."""
    chosen = numba.config.CACHE_DIR
    folder = Path(chosen) if chosen else cache_folder() / "compiled"
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()  # Numba would look for another place without a word.
    numba.config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = chosen


def _ready(function: Any, *signature: Any) -> Any:
    """Compile for values of these types, or find what was compiled for them before."""
    with contextlib.suppress(OSError):  # On a full disk it is compiled, but not kept.
        function.compile(signature)
    return function


def _blend_code(
    _: Any, source: Any, out: Any, constants: Any, at: Any, corners: Any, across: Any, down: Any, factor: Any
) -> Any:
    """Mix the channels of four pixels at once, which neither Numba nor LLVM finds by itself.

    As Python it would be, for each channel:
    `upper = source[corners[0]] + (source[corners[1]] - source[corners[0]]) * across`, `lower` likewise of corners 2
    and 3, and `out[at] = (upper + (lower - upper) * down) * factor`.
    """
    channels = len(constants)
    floats = ir.VectorType(ir.FloatType(), channels)
    whole = ir.VectorType(ir.IntType(32), channels)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source_value, out_value, _, at, corners, across, down, factor = arguments
        types = signature.args

        def pointer(array: Any, kind: Any, offset: Any, vector: Any) -> Any:
            data = context.make_array(kind)(context, builder, array).data
            return builder.bitcast(builder.gep(data, [offset]), vector.as_pointer())

        def repeated(value: Any) -> Any:
            first = builder.insert_element(ir.Constant(floats, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
            return builder.shuffle_vector(first, ir.Constant(floats, ir.Undefined), ir.Constant(whole, [0] * channels))

        def read(offset: Any) -> Any:
            is_whole = types[0].dtype == numba.types.uint8
            vector = ir.VectorType(ir.IntType(8), channels) if is_whole else floats
            levels = builder.load(pointer(source_value, types[0], offset, vector))
            levels.align = 1 if is_whole else 4
            return builder.uitofp(levels, floats) if is_whole else levels

        def mixed(start: Any, end: Any, share: Any) -> Any:
            step = builder.fmul(builder.fsub(end, start), share, flags=("contract",))
            return builder.fadd(start, step, flags=("contract",))

        upper_left, upper_right, lower_left, lower_right = (read(builder.extract_value(corners, i)) for i in range(4))
        across, down = repeated(across), repeated(down)
        upper, lower = mixed(upper_left, upper_right, across), mixed(lower_left, lower_right, across)
        value = builder.fmul(mixed(upper, lower, down), repeated(factor))
        builder.store(value, pointer(out_value, types[1], at, floats)).align = 4
        return context.get_dummy_value()

    signature = numba.types.void(source, out, constants, at, corners, across, down, factor)
    return signature, generate


_blend = intrinsic(_blend_code)


@_compiled
def _wrap(places: Any, side: int) -> None:
    # The first and the last pixel lie on each other, as in the function of SciPy that Keras uses.
    period = max(side - 1, 1)
    for i in range(len(places)):
        if (places[i] < 0) | (
            places[i] > side - 1
        ):  # `or` would be a branch, and stop LLVM from taking many at a time.
            places[i] -= period * np.floor(places[i] / period)


@_compiled
def _reflect(places: Any, side: int) -> None:
    # The border of the picture is the mirror: half a pixel before the centre of its first pixel.
    for i in range(len(places)):
        if (places[i] < 0) | (places[i] > side - 1):
            place = places[i] + 0.5
            place -= 2 * side * np.floor(place / (2 * side))
            places[i] = min(place, 2 * side - place) - 0.5


@_compiled
def _find_neighbours(
    places: Any, side: int, stride: int, is_nearest: bool, before: Any, behind: Any, share: Any
) -> None:
    # 32 bits throughout: twice as many at a time.
    one, last, step = np.int32(1), np.int32(side - 1), np.int32(stride)
    least, most, half = np.float32(0), np.float32(side - 1), np.float32(0.5 if is_nearest else 0)
    for i in range(len(places)):
        place = min(max(least, np.float32(places[i]) + half), most)  # In this order a place that is no number is 0.
        first = np.int32(place)
        share[i] = place - np.float32(first)
        before[i] = np.int32(first * step)
        behind[i] = np.int32(np.int32(min(np.int32(first + one), last)) * step)
    if is_nearest:
        share[:] = 0


@_kept
def _resample(
    source: Any, size: Any, matrix: Any, out: Any, constants: Any, border: int, is_nearest: bool, factor: float
) -> None:
    have_height, have_width = size
    height, width, channels = out.shape
    made = out.reshape(-1)
    scale_x, scale_y = have_width / width, have_height / height
    start_x, start_y = (scale_x - 1) / 2, (scale_y - 1) / 2
    level = np.float32(factor)
    # Of a line of `out`: where it comes from, the offsets of the pixels before and behind that, and the latter's share.
    x, y = np.empty(width), np.empty(width)
    left, right = np.empty(width, np.int32), np.empty(width, np.int32)
    above, below = np.empty(width, np.int32), np.empty(width, np.int32)
    across, down = np.empty(width, np.float32), np.empty(width, np.float32)
    is_outside = np.zeros(width, np.bool_)
    for row in range(height):
        first_x, first_y = matrix[0, 1] * row + matrix[0, 2], matrix[1, 1] * row + matrix[1, 2]
        for i in range(width):
            x[i] = matrix[0, 0] * i + first_x
            y[i] = matrix[1, 0] * i + first_y
        if border == CONSTANT:
            for i in range(width):
                is_outside[i] = (
                    (x[i] < -_MARGIN) | (x[i] > width - 1 + _MARGIN) | (y[i] < -_MARGIN) | (y[i] > height - 1 + _MARGIN)
                )
        elif border == WRAP:
            _wrap(x, width)
            _wrap(y, height)
        for i in range(width):
            x[i] = x[i] * scale_x + start_x
            y[i] = y[i] * scale_y + start_y
        if border == REFLECT:
            _reflect(x, have_width)
            _reflect(y, have_height)
        _find_neighbours(x, have_width, channels, is_nearest, left, right, across)
        _find_neighbours(y, have_height, channels * have_width, is_nearest, above, below, down)
        for i in range(width):
            corners = (above[i] + left[i], above[i] + right[i], below[i] + left[i], below[i] + right[i])
            _blend(source, made, constants, (row * width + i) * channels, corners, across[i], down[i], level)
        if border == CONSTANT:
            for i in range(width):
                if is_outside[i]:
                    for channel in range(channels):
                        out[row, i, channel] = constants[channel]


@_kept
def _halve(source: Any, out: Any) -> None:
    one = np.uint16(1)
    for i in range(len(out) // 3):  # Written out for each colour: LLVM then takes many pixels at a time.
        out[3 * i] = (np.uint16(source[6 * i]) + np.uint16(source[6 * i + 3]) + one) >> one
        out[3 * i + 1] = (np.uint16(source[6 * i + 1]) + np.uint16(source[6 * i + 4]) + one) >> one
        out[3 * i + 2] = (np.uint16(source[6 * i + 2]) + np.uint16(source[6 * i + 5]) + one) >> one


@functools.cache
def _resample_ready(dtype: np.dtype[Any], channels: int) -> Any:
    types = numba.types
    return _ready(
        _resample,
        types.Array(numba.from_dtype(dtype), 1, "C", readonly=True),
        types.UniTuple(types.int64, 2),
        types.Array(types.float64, 2, "C"),
        types.Array(types.float32, 3, "C"),
        types.UniTuple(types.float64, channels),
        types.int64,
        types.boolean,
        types.float64,
    )


@functools.cache
def _halve_ready() -> Any:
    types = numba.types
    return _ready(_halve, types.Array(types.uint8, 1, "C", readonly=True), types.Array(types.uint8, 1, "C"))
