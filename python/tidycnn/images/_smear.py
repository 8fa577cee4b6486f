"""Draws a blood smear with one white cell in its middle part.

Lengths are in hundredths of the picture's side, angles in radians. Everything is painted in layers that are laid over
one another as stains are, on a canvas of twice the size that is shrunk at the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
Points = NDArray[np.float64]
Random = np.random.Generator
Colour = tuple[float, float, float]

_FINER = 2
_SHIFT = 4

# Colours as red, green, blue.
_GLASS = (222, 218, 210)
_RED_CELL = (206, 160, 146)
_NUCLEUS = (104, 56, 168)
_DARK_NUCLEUS = (56, 36, 140)
_PALE_NUCLEUS = (164, 112, 196)
_PLATELET = (120, 100, 190)
# With the radius of a granule.
_RED_GRANULES = ((226, 70, 62), 1.6)
_FINE_GRANULES = ((158, 84, 164), 0.6)


def draw_smear(cell: str, size: int, random: Random) -> NDArray[np.uint8]:
    """Draw one picture, red, green and blue, with a white cell of the given kind."""
    canvas = _Canvas(size * _FINER, _varied(_GLASS, 5, random))
    _draw_red_cells(canvas, random)
    CELLS[cell](canvas, random.uniform(15, 85, size=2), random)
    return _photograph(canvas.pixels, size, random)


class _Canvas:
    """A picture that is painted in layers."""

    def __init__(self, side: int, colour: Colour) -> None:
        self.pixels: Pixels = np.full((side, side, 3), colour, dtype=np.float32)
        self.unit = side / 100
        self._layer = self.pixels.copy()

    def fill(self, outline: Points, colour: Colour) -> None:
        """Fill an outline (points as x, y) on the layer."""
        cv2.fillPoly(self._layer, [self._placed(outline)], colour, shift=_SHIFT)

    def stroke(self, path: Points, width: float, colour: Colour) -> None:
        """Draw a path with round ends on the layer."""
        thickness = max(1, round(width * self.unit))
        cv2.polylines(self._layer, [self._placed(path)], False, colour, thickness, shift=_SHIFT)

    def lay(self, strength: float | Pixels = 1.0, *, softness: float = 0) -> None:
        """Lay the layer over the picture, and begin a new one."""
        change = self._layer - self.pixels
        if softness:
            change = _blurred(change, softness * self.unit)
        self.pixels += change * np.float32(strength)
        self._layer = self.pixels.copy()

    def _placed(self, points: Points) -> NDArray[np.int32]:
        placed: NDArray[np.int32] = np.round(points * self.unit * 2**_SHIFT).astype(np.int32)
        return placed


def _draw_red_cells(canvas: _Canvas, random: Random) -> None:
    n = int(random.integers(8, 20))
    centres, colour, rim = (
        random.uniform(-5, 105, size=(n, 2)),
        _varied(_RED_CELL, 4, random),
        1 - random.uniform(0, 0.15),
    )
    for centre, light in zip(centres, random.normal(1, 0.04, size=n), strict=True):
        outline = _blob(centre, random.uniform(7.5, 11), random, roughness=0.07, stretch=random.uniform(0.75, 1))
        canvas.fill(outline, _lit(colour, rim * light))
        canvas.fill(centre + 0.86 * (outline - centre), _lit(colour, light))
    for centre in random.uniform(0, 100, size=(random.poisson(0.7), 2)):
        canvas.fill(_blob(centre, random.uniform(1.5, 2.6), random, roughness=0.15), _varied(_PLATELET, 12, random))
    canvas.lay(random.uniform(0.75, 1), softness=0.3)
    glass = _varied(_GLASS, 6, random)
    for centre in centres[: random.integers(n // 2, n + 1)]:
        canvas.fill(_blob(centre, random.uniform(2.5, 4.5), random, stretch=0.8), glass)
    canvas.lay(random.uniform(0.4, 0.8), softness=1)


def _draw_eosinophil(canvas: _Canvas, centre: Points, random: Random) -> None:
    radius = random.uniform(18, 25)
    _lay_cytoplasm(canvas, _blob(centre, radius, random), (228, 164, 160), random)
    _lay_granules(canvas, centre, 0.92 * radius, _RED_GRANULES, random)
    angles = random.uniform(0, 2 * np.pi) + np.array([0, random.uniform(2.2, 3.1)])
    places = centre + radius * 0.46 * _directions(angles)
    colour = _varied(_NUCLEUS, 10, random)
    canvas.stroke(places, radius * 0.14, colour)
    for place, angle in zip(places, angles, strict=True):
        lobe = radius * random.uniform(0.42, 0.5)
        canvas.fill(_blob(place, lobe, random, stretch=0.72, turn=angle + np.pi / 2), colour)
    _lay_nucleus(canvas, random)


def _draw_lymphocyte(canvas: _Canvas, centre: Points, random: Random) -> None:
    radius = random.uniform(13, 18)
    _lay_cytoplasm(canvas, _blob(centre, radius, random), (128, 156, 220), random)
    off = random.uniform(-0.06, 0.06, size=2) * radius
    nucleus = _blob(centre + off, radius * random.uniform(0.76, 0.88), random, roughness=0.05)
    canvas.fill(nucleus, _varied(_DARK_NUCLEUS, 10, random))
    _lay_nucleus(canvas, random)


def _draw_monocyte(canvas: _Canvas, centre: Points, random: Random) -> None:
    radius = random.uniform(18, 25)
    cell = _blob(centre, radius, random, roughness=0.08)
    _lay_cytoplasm(canvas, cell, (134, 150, 196), random)
    for place in centre + radius * random.uniform(-0.55, 0.55, size=(random.integers(5, 11), 2)):
        canvas.fill(_blob(place, radius * random.uniform(0.05, 0.09), random), _GLASS)
    canvas.lay(0.8, softness=0.2)
    turn, half = random.uniform(0, 2 * np.pi), random.uniform(1.0, 1.5)
    bend = radius * 0.52 * _directions(turn + np.linspace(-half, half, 24))
    path = centre + bend - 0.1 * radius * _directions(np.array([turn]))
    canvas.stroke(path, radius * random.uniform(0.56, 0.68), _varied(_PALE_NUCLEUS, 10, random))
    _lay_nucleus(canvas, random)


def _draw_neutrophil(canvas: _Canvas, centre: Points, random: Random) -> None:
    radius = random.uniform(18, 25)
    _lay_cytoplasm(canvas, _blob(centre, radius, random), (224, 204, 218), random)
    _lay_granules(canvas, centre, 0.9 * radius, _FINE_GRANULES, random)
    lobes = int(random.integers(3, 6))
    angles = random.uniform(0, 2 * np.pi) + random.uniform(4.2, 5.2) / lobes * np.arange(lobes, dtype=np.float64)
    places = centre + radius * random.uniform(0.44, 0.54, size=(lobes, 1)) * _directions(angles)
    colour = _varied(_NUCLEUS, 10, random)
    canvas.stroke(places, radius * 0.1, colour)
    for place, angle in zip(places, angles, strict=True):
        lobe = radius * random.uniform(0.21, 0.27)
        canvas.fill(_blob(place, lobe, random, stretch=0.8, turn=angle + np.pi / 2), colour)
    _lay_nucleus(canvas, random)


CELLS: dict[str, Callable[[_Canvas, Points, Random], None]] = {
    "EOSINOPHIL": _draw_eosinophil,
    "LYMPHOCYTE": _draw_lymphocyte,
    "MONOCYTE": _draw_monocyte,
    "NEUTROPHIL": _draw_neutrophil,
}


def _lay_cytoplasm(canvas: _Canvas, outline: Points, colour: Colour, random: Random) -> None:
    canvas.fill(outline, _varied(colour, 7, random))
    canvas.lay(0.92, softness=0.4)


def _lay_granules(canvas: _Canvas, centre: Points, radius: float, kind: tuple[Colour, float], random: Random) -> None:
    n, colour, size = 110, _varied(kind[0], 8, random), kind[1]
    distances = radius * np.sqrt(random.uniform(0, 1, size=(n, 1)))
    places = centre + distances * _directions(random.uniform(0, 2 * np.pi, size=n))
    for place, reach in zip(places, size * random.uniform(0.7, 1.3, size=n), strict=True):
        canvas.fill(place + reach * _OCTAGON, colour)
    canvas.lay(random.uniform(0.8, 0.95))


def _lay_nucleus(canvas: _Canvas, random: Random) -> None:
    side = canvas.pixels.shape[0]
    canvas.lay(np.clip(0.88 + 0.1 * _clouds(side, 2.2 * canvas.unit, random), 0, 1)[..., None], softness=0.35)


def _photograph(pixels: Pixels, size: int, random: Random) -> NDArray[np.uint8]:
    """Look at a smear through a microscope: blur, strength of the stain, uneven light, colour of the lamp, noise."""
    blurred = _blurred(pixels, random.uniform(0.2, 0.5) * _FINER * size / 96)
    small = cv2.resize(blurred, (size, size), interpolation=cv2.INTER_AREA)
    slope = random.normal(0, 0.03, size=2)
    place = np.linspace(-0.5, 0.5, size, dtype=np.float32)
    light = 1 + slope[0] * place[:, None] + slope[1] * place[None, :]
    lamp = random.uniform(0.94, 1.04) * random.normal(1, 0.008, size=3)
    stain = random.uniform(0.92, 1.1)
    shown = 255 * (np.clip(small / 255, 0.01, 1) ** stain) * light[..., None] * lamp
    shown += random.uniform(1, 3) * random.standard_normal(shown.shape, dtype=np.float32)
    return np.asarray(np.clip(np.round(shown), 0, 255), dtype=np.uint8)


def _blob(
    centre: Points,
    radius: float,
    random: Random,
    *,
    roughness: float = 0.04,
    stretch: float = 1,
    turn: float | None = None,
) -> Points:
    """Make the outline of a thing that is not quite round; `stretch` below 1 makes it narrower across `turn`."""
    heights = random.standard_normal((2, len(_WAVES))) * (roughness / _WAVES)
    reach = radius * (1 + heights[0] @ _COSINES + heights[1] @ _SINES)
    turn = random.uniform(0, 2 * np.pi) if turn is None else turn
    along, across = reach * _ROUND[:, 0], reach * _ROUND[:, 1] * stretch
    outline = np.empty_like(_ROUND)
    outline[:, 0] = centre[0] + along * math.cos(turn) - across * math.sin(turn)
    outline[:, 1] = centre[1] + along * math.sin(turn) + across * math.cos(turn)
    return outline


def _directions(angles: Points) -> Points:
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


_OCTAGON = _directions(np.arange(8) * np.pi / 4)
_ROUND = _directions(np.arange(36) * np.pi / 18)
_WAVES = np.arange(2, 6)
_COSINES, _SINES = (wave(_WAVES[:, None] * np.arange(36) * np.pi / 18) for wave in (np.cos, np.sin))


def _blurred(pixels: Pixels, width: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), width), dtype=np.float32)


def _clouds(side: int, width: float, random: Random) -> Pixels:
    """Make smooth noise of unit spread, with spots of about `width` pixels."""
    cells = max(2, round(side / width))
    coarse = random.standard_normal((cells, cells), dtype=np.float32)
    return np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def _varied(colour: Colour, spread: float, random: Random, *, lighter: float = 0) -> Colour:
    red, green, blue = (lighter + spread * random.standard_normal(3)).tolist()
    return colour[0] + red, colour[1] + green, colour[2] + blue


def _lit(colour: Colour, light: float) -> Colour:
    return colour[0] * light, colour[1] * light, colour[2] * light
