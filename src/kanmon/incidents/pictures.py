"""An incident's duties on one line of time: what was given, what was done when, and what is late."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from kanmon.core.charts import Axis, Chart, Look, Picture, Words, fitting, named_axis
from kanmon.core.clock import TOKYO
from kanmon.core.language import N_
from kanmon.incidents.deadlines import DutyDeadline, DutyState, dues, reportable_since
from kanmon.incidents.model import Incident
from kanmon.incidents.words import DUTIES, STATES

Translate = Callable[[str], str]
_WIDTH, _LINE, _AROUND, _MARGIN = 560.0, 26.0, 150.0, 200.0
_HOUR, _DAY = timedelta(hours=1), 24.0
_TICKS = {
    0.0: N_("begin"),
    1 / 12: N_("5 min"),
    1.0: N_("1 hour"),
    _DAY: N_("1 day"),
    3 * _DAY: N_("3 days"),
    30 * _DAY: N_("30 days"),
    365 * _DAY: N_("1 year"),
}
"""Hours, and what is written there."""


def duties_picture(incident: Incident, at: datetime, _: Translate) -> Picture:
    """What is due of it, from its record on, or from when it was known to be reportable; while it is open, as of `at`.

    The farther from the beginning, the narrower is time drawn, so that minutes are seen beside months.
    """
    begins, deadlines = reportable_since(incident) or incident.opened_at, dues(incident)
    ends = incident.closed_at or at
    moments = [ends, *(moment for duty in deadlines for moment in (duty.due_at, duty.done_at) if moment is not None)]
    longest = max(1.0, *(_hours(begins, moment) for moment in moments))
    late = sum(duty.state(ends) in {DutyState.OVERDUE, DutyState.DONE_LATE} for duty in deadlines)
    words = Words(
        "duties",
        _("The duties in time"),
        _("%(duties)s duties from %(begins)s on; %(late)s of them late. The table has all moments.")
        % {"duties": len(deadlines), "begins": _written(begins), "late": late},
    )
    ticks = [hours for hours in _TICKS if hours <= longest and (hours != 3 * _DAY or longest < 9 * _DAY)]
    across = Axis(0, longest * 1.1, ticks, _scale, _("Time since then"), [_(_TICKS[hours]) for hours in ticks])
    names = [fitting(_(DUTIES[duty.duty]), _MARGIN) for duty in reversed(deadlines)]
    size = _WIDTH, _AROUND + _LINE * len(deadlines)
    chart = Chart(size, across, named_axis(names, len(names)), words, _legend(incident, _), beside=_MARGIN)
    for line, duty in enumerate(reversed(deadlines)):
        _draw(chart, line, duty, begins, ends)
    if incident.closed_at is None:
        chart.upright(_hours(begins, at), Look.QUIET)
    columns = [_("What has to be done"), _("To be done by"), _("Done on"), _("How the duty stands")]
    rows = [
        [
            _(DUTIES[duty.duty]),
            "–" if duty.due_at is None else _written(duty.due_at),
            "–" if duty.done_at is None else _written(duty.done_at),
            _(STATES[duty.state(ends)]),
        ]
        for duty in deadlines
    ]
    return Picture(chart, words.title, columns, rows, is_broad=True)


def _draw(chart: Chart, line: int, duty: DutyDeadline, begins: datetime, ends: datetime) -> None:
    low, high = line + 0.2, line + 0.8
    if duty.due_at is not None:
        due, until = _hours(begins, duty.due_at), _hours(begins, duty.done_at or ends)
        chart.block(0, due, low, high, Look.SECOND)
        if duty.state(ends) in {DutyState.OVERDUE, DutyState.DONE_LATE}:
            chart.block(due, until, low, high, Look.ALARM)
    if duty.done_at is not None:
        chart.line([(_hours(begins, duty.done_at), line + 0.5)], Look.MAIN, marked=True)


def _legend(incident: Incident, _: Translate) -> Sequence[tuple[Look, str]]:
    kinds = [(Look.SECOND, _("Time given")), (Look.MAIN, _("Done (a dot)")), (Look.ALARM, _("Past the deadline"))]
    return kinds if incident.closed_at is not None else [*kinds, (Look.QUIET, _("Now (a line)"))]


def _scale(hours: float) -> float:
    return math.log1p(60 * hours)


def _hours(begins: datetime, moment: datetime) -> float:
    return max(0.0, (moment - begins) / _HOUR)


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(TOKYO):%Y-%m-%d %H:%M}"
