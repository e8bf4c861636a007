"""Small charts as SVG, the same bytes whenever they are drawn: a frame with ticks, and shapes over it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

_MARGIN = 46.0
_GREY = "#999999"


class Axis(NamedTuple):
    """One direction of a chart: what its ends mean, and the values that are written at it."""

    low: float
    high: float
    ticks: Sequence[float]
    scale: Callable[[float], float] = float

    def share(self, value: float) -> float:
        """Where a value stands between the ends, 0 to 1."""
        low, high = self.scale(self.low), self.scale(self.high)
        return (self.scale(value) - low) / ((high - low) or 1.0)


class Chart:
    """A picture that grows shape by shape; `svg` writes it."""

    def __init__(self, width: float, height: float, across: Axis, upwards: Axis) -> None:
        self._width, self._height = width, height
        self._across, self._upwards = across, upwards
        self._shapes: list[str] = []

    def line(self, points: Sequence[tuple[float, float]], colour: str, *, marked: bool = False) -> None:
        """A line through points, each with a dot where `marked`."""
        places = [self._place(*point) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        self._shapes.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.3"/>')
        if marked:
            self._shapes += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]

    def bar(self, left: float, right: float, top: float, colour: str) -> None:
        """A bar from the lower end up to a value."""
        (x, y), (end, ground) = self._place(left, top), self._place(right, self._upwards.low)
        self._shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{end - x:.1f}" height="{ground - y:.1f}" fill="{colour}"/>'
        )

    def upright(self, value: float, colour: str) -> None:
        """A line upwards at a value."""
        self.line([(value, self._upwards.low), (value, self._upwards.high)], colour)

    def svg(self) -> str:
        """The whole picture."""
        size = f'width="{self._width:g}" height="{self._height:g}" viewBox="0 0 {self._width:g} {self._height:g}"'
        (left, top), (right, ground) = (
            self._place(self._across.low, self._upwards.high),
            self._place(self._across.high, self._upwards.low),
        )
        frame = (
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{ground - top:.1f}" '
            f'fill="none" stroke="{_GREY}"/>'
        )
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">'
        return "\n".join([head, '<rect width="100%" height="100%" fill="#ffffff"/>', *self._shapes, frame,
                          *self._ticks(), "</svg>"]) + "\n"  # fmt: skip

    def _ticks(self) -> list[str]:
        below, beside = self._height - _MARGIN + 18, _MARGIN - 6
        across = [(self._place(tick, self._upwards.low)[0], tick) for tick in self._across.ticks]
        upwards = [(self._place(self._across.low, tick)[1], tick) for tick in self._upwards.ticks]
        return [
            *(f'<text x="{x:.1f}" y="{below:.1f}" text-anchor="middle">{tick:g}</text>' for x, tick in across),
            *(f'<text x="{beside:.1f}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>' for y, tick in upwards),
        ]

    def _place(self, across: float, upwards: float) -> tuple[float, float]:
        wide, high = self._width - 2 * _MARGIN, self._height - 2 * _MARGIN
        return _MARGIN + wide * self._across.share(across), _MARGIN + high * (1 - self._upwards.share(upwards))


def even_ticks(low: float, high: float, parts: int = 5) -> list[float]:
    """Values in even steps from one end to the other, rounded to three digits."""
    return [float(f"{low + (high - low) * part / parts:.3g}") for part in range(parts + 1)]
