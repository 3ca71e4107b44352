"""Draw the icon and the logo: the sun over a roof of solar panels, and a plug.

Coordinates are those of the small icon, 256 by 256; the logo is twice as wide. Everything is drawn
larger than it is needed and scaled down, which makes the edges smooth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

FOLDER: Final = Path(__file__).parents[2] / "custom_components" / "enphase_envoy" / "brand"
SIDE: Final = 256
FINER: Final = 8

SUN: Final = "#ffb300"
PANEL: Final = "#1e88e5"
PLUG: Final = "#43a047"
LIGHT: Final = ("#37474f", "#eceff1")
DARK: Final = ("#eceff1", "#455a64")
"""Lines and walls, to be seen on a light and on a dark ground."""

type Point = tuple[float, float]

LEFT, RIDGE, RIGHT = (16.0, 156.0), (128.0, 68.0), (240.0, 156.0)


class Canvas:
    """A transparent picture that is drawn on with round pens."""

    def __init__(self, width: int) -> None:
        """Begin with nothing, ``width`` wide and as high as the icon."""
        self.image = Image.new("RGBA", (width * FINER, SIDE * FINER))
        self._draw = ImageDraw.Draw(self.image)

    def line(self, colour: str, pen: float, *points: Point) -> None:
        """Connect the points."""
        for begin, end in pairwise(points):
            self._draw.line([_finer(begin), _finer(end)], fill=colour, width=round(pen * FINER))
        for point in points:
            self.dot(colour, pen / 2, point)

    def dot(self, colour: str, radius: float, centre: Point) -> None:
        """Fill a circle."""
        self._draw.circle(_finer(centre), radius * FINER, fill=colour)

    def shape(self, colour: str, *points: Point) -> None:
        """Fill a polygon."""
        self._draw.polygon([_finer(point) for point in points], fill=colour)

    def box(self, colour: str, radius: float, *corners: Point) -> None:
        """Fill a box, given by two opposite corners, all of them rounded."""
        self._draw.rounded_rectangle(
            [_finer(corner) for corner in corners], radius * FINER, fill=colour
        )


def _finer(point: Point) -> Point:
    return point[0] * FINER, point[1] * FINER


def _between(begin: Point, end: Point, part: float) -> Point:
    return begin[0] + part * (end[0] - begin[0]), begin[1] + part * (end[1] - begin[1])


def house(canvas: Canvas, lines: str, walls: str) -> None:
    """Draw what the icon shows."""
    canvas.dot(SUN, 37, (182, 77))
    rays = ((182, 8), (182, 19)), ((231, 28), (223, 36)), ((133, 28), (141, 36))
    for begin, end in (*rays, ((248, 77), (240, 77))):
        canvas.line(SUN, 13, begin, end)
    canvas.shape(walls, (46, 150), RIDGE, (210, 150), (210, 200), (46, 200))
    canvas.box(walls, 22, (46, 140), (210, 256))
    canvas.line(lines, 32, LEFT, RIDGE, RIGHT)
    for panel in _panels():
        canvas.shape(PANEL, *panel)
    for prong in (112, 144):
        canvas.line(PLUG, 12, (prong, 142), (prong, 170))
    canvas.box(PLUG, 8, (93, 160), (163, 203))
    canvas.dot(PLUG, 35, (128, 195))
    canvas.line(PLUG, 14, (128, 220), (128, 256))


def _panels() -> Iterator[Sequence[Point]]:
    """Yield the corners of the panels, three on each slope."""
    for eave, across in ((LEFT, (5.6, 7.0)), (RIGHT, (-5.6, 7.0))):
        for part in (0.01, 0.32, 0.63):
            (x, y), (z, w) = _between(eave, RIDGE, part), _between(eave, RIDGE, part + 0.27)
            dx, dy = across
            yield (x - dx, y - dy), (z - dx, w - dy), (z + dx, w + dy), (x + dx, y + dy)


def day(canvas: Canvas, lines: str) -> None:
    """Draw what the logo shows beside the icon: how a day of sun adds up."""
    for place, height in enumerate((44, 96, 132, 104, 52)):
        x = 296 + 46 * place
        canvas.line(SUN, 28, (x, 224), (x, 224 - height))
    canvas.line(lines, 12, (278, 250), (506, 250))


def pictures() -> Iterator[tuple[str, Image.Image]]:
    """Yield every picture that Home Assistant knows for an integration, by its name."""
    for mode, (lines, walls) in (("", LIGHT), ("dark_", DARK)):
        icon, logo = Canvas(SIDE), Canvas(2 * SIDE)
        house(icon, lines, walls)
        house(logo, lines, walls)
        day(logo, lines)
        for name, canvas in (("icon", icon), ("logo", logo)):
            for scale, tail in ((1, ""), (2, "@2x")):
                size = [side * scale // FINER for side in canvas.image.size]
                picture = canvas.image.resize(size, Image.Resampling.LANCZOS)
                # A few flat colours: a palette holds them and their edges in a third of the bytes.
                palette = picture.quantize(method=Image.Quantize.FASTOCTREE)
                yield f"{mode}{name}{tail}.png", palette


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, picture in pictures():
        picture.save(FOLDER / name, optimize=True)
