"""Pictures drawn by the server: where the marks of a chart stand, in the units of its view box."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 160
"""Of the view box of a bar chart."""
_GAP = 0.2
"""Of the room of a bar that is left free beside it."""


@dataclass(frozen=True)
class Bar:
    """One bar; all that it is above a y is below it on the screen."""

    x: float
    y: float
    width: float
    height: float


def bars(counts: Sequence[int]) -> list[Bar]:
    """A bar for each count, the highest as high as the chart; none where there is nothing to compare."""
    highest = max(counts, default=0)
    room = min(WIDTH / len(counts), 60) if counts else 0
    found = []
    for place, count in enumerate(counts):
        height = HEIGHT * count / highest if highest else 0
        found.append(
            Bar(round(place * room, 2), round(HEIGHT - height, 2), round(room * (1 - _GAP), 2), round(height, 2))
        )
    return found


@dataclass(frozen=True)
class Calibration:
    """Points of a square chart with sides of 100, whose axes end at `top`; the diagonal is where both agree."""

    points: Sequence[tuple[float, float]]
    top: float


def calibration(found: Sequence[tuple[float, float]]) -> Calibration:
    """The mean score of people alike, across, against the share of them that left, upwards."""
    highest = max((value for pair in found for value in pair), default=0)
    top = highest * 1.1 or 1
    return Calibration([(round(100 * x / top, 2), round(100 - 100 * y / top, 2)) for x, y in found], round(top, 3))
