"""What screens showed, as a picture with its numbers: a line for each screen, a square for each day."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from kanmon.consent.screens import Screen
from kanmon.core.charts import Chart, Look, Picture, Words, fitting, named_axis
from kanmon.core.clock import day_of
from kanmon.core.ids import ScreenId
from kanmon.core.language import N_
from kanmon.reviews.screens.days import DayOfLooks

Translate = Callable[[str], str]
_WIDTH, _LINE, _AROUND = 520.0, 20.0, 140.0
_MARGIN = 170.0
_STATES = {
    Look.MAIN: N_("Days with only the words in force"),
    Look.SECOND: N_("Days with the words in force, and with others or none"),
    Look.ALARM: N_("Days with only other words, or none"),
    None: N_("Days on which nobody looked"),
}
"""What a day's square says; a day without a look has no square."""


def screens_picture(
    screens: Sequence[Screen], seen: Sequence[DayOfLooks], days: Sequence[date], _: Translate
) -> Picture | None:
    """The screens that people could meet on some of these days, day by day; None where there are none."""
    lines = [screen.screen_id for screen in screens if _was_in_use(screen, days)]
    if not lines or not days:
        return None
    looks = {screen_id: _looks(screen_id, seen, days) for screen_id in lines}
    wrong = sum(any(look in {Look.SECOND, Look.ALARM} for look in shown) for shown in looks.values())
    words = Words(
        "screens-by-day",
        _("What each screen showed, day by day"),
        _(
            "A line for each of %(screens)s screens, a square for each day on which it was looked at, from %(first)s "
            "to %(last)s; %(wrong)s screens were seen without the words in force. The table has all numbers."
        )
        % {"screens": len(lines), "first": days[0], "last": days[-1], "wrong": wrong},
    )
    legend = [(look, _(state)) for look, state in _STATES.items() if look is not None]
    across = named_axis([f"{day:%m-%d}" for day in days], 6)
    upwards = named_axis([fitting(name, _MARGIN) for name in reversed(lines)], len(lines))
    size = _WIDTH, _AROUND + _LINE * len(lines)
    chart = Chart(size, across, upwards, words, legend, beside=_MARGIN)
    for line, screen_id in enumerate(reversed(lines)):
        for place, look in enumerate(looks[screen_id]):
            if look is not None:
                chart.block(place + 0.06, place + 0.94, line + 0.12, line + 0.88, look)
    columns = [_("Registered screen"), *(_(state) for state in _STATES.values()), _("Right looks"), _("Wrong looks")]
    rows = [
        [
            screen_id,
            *(
                _told([day for day, shown in zip(days, looks[screen_id], strict=True) if shown == look])
                for look in _STATES
            ),
            f"{sum(one.right for one in seen if one.screen_id == screen_id):,}",
            f"{sum(one.wrong for one in seen if one.screen_id == screen_id):,}",
        ]
        for screen_id in lines
    ]
    return Picture(chart, words.title, columns, rows, is_broad=True)


def days_between(first: date, last: date) -> Sequence[date]:
    """Every day from the first to the last, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _looks(screen_id: ScreenId, seen: Sequence[DayOfLooks], days: Sequence[date]) -> list[Look | None]:
    counted = {one.day: one for one in seen if one.screen_id == screen_id}
    return [_look(counted.get(day)) for day in days]


def _look(seen: DayOfLooks | None) -> Look | None:
    if seen is None:
        return None
    if not seen.wrong:
        return Look.MAIN
    return Look.SECOND if seen.right else Look.ALARM


def _was_in_use(screen: Screen, days: Sequence[date]) -> bool:
    begins, ends = (None if at is None else day_of(at) for at in (screen.shown_from, screen.shown_to))
    return (begins is None or begins <= days[-1]) and (ends is None or days[0] <= ends)


def _told(days: Sequence[date]) -> str:
    """How many days, and which: those that follow one another as a span."""
    spans: list[list[date]] = []
    for day in days:
        if spans and spans[-1][-1] + timedelta(days=1) == day:
            spans[-1].append(day)
        else:
            spans.append([day])
    return f"{len(days)}" + (f" ({', '.join(map(_span, spans))})" if spans else "")


def _span(days: Sequence[date]) -> str:
    return f"{days[0]:%m/%d}" if len(days) == 1 else f"{days[0]:%m/%d}–{days[-1]:%m/%d}"
