"""Small charts as SVG, the same bytes whenever they are drawn: a frame with ticks, shapes over it, the numbers beside.

No shape speaks by colour alone: each look has a pattern or a dash of its own. Colours are attributes, so that a file
shows them without a style sheet; pages recolour the classes for dark, printed and forced colours.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import NamedTuple
from unicodedata import east_asian_width

_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 18.0, 16.0, 28.0
_LINE = 19.0
"""Of written text, in the units of the view box."""
_LETTER = 7.5
"""About as wide is a letter or figure."""
_INK, _FRAME = "#1a1a1a", "#767676"


class Look(StrEnum):
    """What tells one kind of shape from another: a colour, a pattern and a dash at once."""

    MAIN = "main"
    SECOND = "second"
    ALARM = "alarm"
    QUIET = "quiet"


_COLOURS = {Look.MAIN: "#0017c1", Look.SECOND: "#00575f", Look.ALARM: "#a90000", Look.QUIET: "#949494"}
_DASHES = {Look.MAIN: "", Look.SECOND: "7 3", Look.ALARM: "2 3", Look.QUIET: "1 3"}
_PATTERNS = {Look.SECOND: "M0,6L6,0", Look.ALARM: "M0,0L6,6M0,6L6,0"}
"""Lines in a square with sides of 6; the other looks are filled."""


class Axis(NamedTuple):
    """One direction of a chart: what its ends mean, the values that are written at it, and what it is called."""

    low: float
    high: float
    ticks: Sequence[float]
    scale: Callable[[float], float] = float
    name: str = ""
    labels: Sequence[str] = ()
    """What is written at the ticks; the values themselves where none is given."""

    def share(self, value: float) -> float:
        """Where a value stands between the ends, 0 to 1."""
        low, high = self.scale(self.low), self.scale(self.high)
        return (self.scale(value) - low) / ((high - low) or 1.0)

    def written(self) -> list[tuple[float, str]]:
        """The ticks, each with what is written at it."""
        return list(zip(self.ticks, self.labels or [f"{tick:g}" for tick in self.ticks], strict=True))


class Words(NamedTuple):
    """What a chart says to who can't see it; `name` tells it from the others of its page."""

    name: str
    title: str
    description: str


class Chart:
    """A picture that grows shape by shape; `svg` writes it."""

    def __init__(
        self,
        size: tuple[float, float],
        across: Axis,
        upwards: Axis,
        words: Words,
        legend: Sequence[tuple[Look, str]] = (),
        *,
        beside: float = _LEFT,
    ) -> None:
        """`beside` is the room on the left, for what is written at the axis upwards."""
        self._width, self._height = size
        self._left = beside
        self._across, self._upwards, self._words, self._legend = across, upwards, words, legend
        self._top = _TOP + _LINE * (len(legend) + bool(upwards.name))
        self._bottom = _BOTTOM + _LINE * bool(across.name)
        self._shapes: list[str] = []

    def line(self, points: Sequence[tuple[float, float]], look: Look, *, marked: bool = False) -> None:
        """A line through points, each with a dot where `marked`."""
        places = [self._place(*point) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        self._shapes.append(f'<polyline points="{path}" fill="none" {_stroke(look)}/>')
        if marked:
            self._shapes += [
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="{look}-fill" fill="{_COLOURS[look]}"/>'
                for x, y in places
            ]

    def block(self, left: float, right: float, low: float, high: float, look: Look) -> None:
        """A filled rectangle between values."""
        (x, y), (end, ground) = self._place(left, high), self._place(right, low)
        self._shapes.append(_box((x, y, end - x, ground - y), look, self._words.name))

    def bar(self, left: float, right: float, top: float, look: Look) -> None:
        """A bar from the lower end up to a value."""
        self.block(left, right, self._upwards.low, top, look)

    def upright(self, value: float, look: Look) -> None:
        """A line upwards at a value."""
        self.line([(value, self._upwards.low), (value, self._upwards.high)], look)

    def span(self, across: float, low: float, high: float, look: Look) -> None:
        """An interval upwards at a value, with a stroke at each end."""
        (x, ground), (_, y) = self._place(across, low), self._place(across, high)
        path = f"M{x:.1f},{ground:.1f}V{y:.1f}M{x - 4:.1f},{ground:.1f}h8M{x - 4:.1f},{y:.1f}h8"
        self._shapes.append(f'<path d="{path}" {_stroke(look, dashed=False)}/>')

    def note(self, across: float, upwards: float, text: str) -> None:
        """Words that begin at a place."""
        x, y = self._place(across, upwards)
        self._shapes.append(_text(x, y + 4, text, "start"))

    def svg(self) -> str:
        """The whole picture."""
        name, size = escape(self._words.name), f"{self._width:g} {self._height:g}"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {size}" width="{self._width:g}" '
            f'height="{self._height:g}" role="img" aria-labelledby="{name}-title {name}-description" '
            f'font-family="sans-serif" font-size="13">'
        )
        (left, top), (right, ground) = (
            self._place(self._across.low, self._upwards.high),
            self._place(self._across.high, self._upwards.low),
        )
        frame = (
            f'<rect class="frame" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
            f'height="{ground - top:.1f}" fill="none" stroke="{_FRAME}"/>'
        )
        parts = [
            head,
            f'<title id="{name}-title">{escape(self._words.title)}</title>',
            f'<desc id="{name}-description">{escape(self._words.description)}</desc>',
            "<defs>" + "".join(_pattern(look, name) for look in _PATTERNS) + "</defs>",
            '<rect class="paper" width="100%" height="100%" fill="#ffffff"/>',
        ]
        return "\n".join([*parts, *self._keys(), *self._shapes, frame, *self._ticks(), "</svg>"]) + "\n"

    __html__ = svg
    """A template writes it as it is: everything in it is escaped here."""

    def _keys(self) -> list[str]:
        written = []
        for line, (look, text) in enumerate(self._legend):
            y = _TOP + _LINE * line
            written += [_box((_LEFT, y - 10, 22, 12), look, self._words.name), _text(_LEFT + 30, y, text, "start")]
        return written

    def _ticks(self) -> list[str]:
        below, beside = self._height - self._bottom + 18, self._left - 6
        across = [(self._place(tick, self._upwards.low)[0], text) for tick, text in self._across.written()]
        upwards = [(self._place(self._across.low, tick)[1], text) for tick, text in self._upwards.written()]
        names = [
            *([_text(self._left, self._top - 8, f"↑ {self._upwards.name}", "start")] if self._upwards.name else []),
            *(
                [_text(self._width - _RIGHT, self._height - 8, f"{self._across.name} →", "end")]
                if self._across.name
                else []
            ),
        ]
        return [
            *(_text(min(x, self._width - _LETTER * len(text) / 2), below, text, "middle") for x, text in across),
            *(_text(beside, y + 4, text, "end") for y, text in upwards),
            *names,
        ]

    def _place(self, across: float, upwards: float) -> tuple[float, float]:
        wide, high = self._width - self._left - _RIGHT, self._height - self._top - self._bottom
        return self._left + wide * self._across.share(across), self._top + high * (1 - self._upwards.share(upwards))


@dataclass(frozen=True)
class Picture:
    """A chart with all its numbers in a table beside or below it."""

    chart: Chart
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    is_broad: bool = False
    """Whether the table needs the width of the page, and so stands below the chart."""


def even_ticks(low: float, high: float, parts: int = 5) -> list[float]:
    """Values in even steps from one end to the other, rounded to three digits."""
    return [float(f"{low + (high - low) * part / parts:.3g}") for part in range(parts + 1)]


def count_axis(most: float, name: str = "") -> Axis:
    """An axis for counts from 0 to at least `most`, whose few ticks are whole and round."""
    ticks = _round_ticks(max(most, 1), 0)
    return Axis(0, ticks[-1], ticks, name=name, labels=[f"{tick:,.0f}" for tick in ticks])


def share_axis(most: float, name: str = "", *, in_percent: bool = True) -> Axis:
    """An axis for shares from 0 to at least `most`, whose few ticks are round."""
    ticks = _round_ticks(max(most, 0.01), -3)
    return Axis(
        0, ticks[-1], ticks, name=name, labels=[f"{100 * tick:g}%" if in_percent else f"{tick:g}" for tick in ticks]
    )


def named_axis(names: Sequence[str], most: int, name: str = "") -> Axis:
    """An axis with a place of width 1 for each name, of which about `most` are written."""
    every = max(1, -(-len(names) // most))
    places = range(0, len(names), every)
    return Axis(0, max(1, len(names)), [at + 0.5 for at in places], name=name, labels=[names[at] for at in places])


def fitting(name: str, room: float) -> str:
    """A name, or as much of it as fits into so much room beside the axis; what is cut stands in the table."""
    room -= _LETTER
    widths = [2 * _LETTER if east_asian_width(letter) in "WF" else _LETTER for letter in name]
    if sum(widths) <= room:
        return name
    fit = next(place for place in range(len(name), -1, -1) if sum(widths[:place]) + 2 * _LETTER <= room)
    return f"{name[:fit]}…"


def _round_ticks(most: float, least_power: int) -> list[float]:
    steps = (float(f"{size}e{power}") for power in range(least_power, 15) for size in (1, 2, 5))
    step = next(step for step in steps if step * 5 >= most * (1 - 1e-9))
    return [float(f"{step * place:.6g}") for place in range(math.ceil(most / step - 1e-9) + 1)]


def _stroke(look: Look, *, dashed: bool = True) -> str:
    dash = f' stroke-dasharray="{_DASHES[look]}"' if dashed and _DASHES[look] else ""
    return f'class="{look}-line" stroke="{_COLOURS[look]}" stroke-width="1.8"{dash}'


def _box(place: tuple[float, float, float, float], look: Look, name: str) -> str:
    x, y, width, height = place
    fill = f"url(#{escape(name)}-{look})" if look in _PATTERNS else _COLOURS[look]
    kind = f"{look}-pattern" if look in _PATTERNS else f"{look}-fill"
    size = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {size} class="block {kind}" fill="{fill}" stroke="{_COLOURS[look]}"/>'


def _pattern(look: Look, name: str) -> str:
    lines = f'<path class="{look}-line" d="{_PATTERNS[look]}" stroke="{_COLOURS[look]}" fill="none"/>'
    return f'<pattern id="{name}-{look}" width="6" height="6" patternUnits="userSpaceOnUse">{lines}</pattern>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}">{escape(text)}</text>'
