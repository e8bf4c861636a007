"""Pictures of the privacy owner's overview, each with its numbers."""

from collections.abc import Callable, Sequence
from datetime import datetime

from kanmon.audits.overview.refusals import DayOfAnswers
from kanmon.core.charts import Axis, Chart, Look, Picture, Words, count_axis, named_axis
from kanmon.core.clock import TOKYO

Translate = Callable[[str], str]
SIZE = (440.0, 300.0)


def refusals_picture(days: Sequence[DayOfAnswers], _: Translate) -> Picture | None:
    """Applicants that the gate was asked about and refused, day by day; None where it was not asked."""
    if not days:
        return None
    words = Words(
        "refusals",
        _("Applicants refused, day by day"),
        _(
            "%(days)s days on which the gate was asked, from %(first)s to %(last)s; at most %(most)s applicants "
            "refused. The table beside it has all numbers."
        )
        % {
            "days": len(days),
            "first": days[0].day,
            "last": days[-1].day,
            "most": f"{max(day.refused for day in days):,}",
        },
    )
    across = named_axis([f"{day.day:%m-%d}" for day in days], 7)
    legend = [(Look.QUIET, _("Applicants asked about")), (Look.ALARM, _("Applicants refused"))]
    chart = Chart(SIZE, across, count_axis(max(day.asked for day in days)), words, legend)
    for place, day in enumerate(days):
        chart.bar(place + 0.1, place + 0.5, day.asked, Look.QUIET)
        chart.bar(place + 0.5, place + 0.9, day.refused, Look.ALARM)
    rows = [[day.day.isoformat(), f"{day.asked:,}", f"{day.refused:,}"] for day in days]
    return Picture(chart, words.title, [_("Day"), _("Applicants asked about"), _("Applicants refused")], rows)


def growth_picture(checkpoints: Sequence[tuple[int, datetime]], _: Translate) -> Picture | None:
    """How many entries each of the newest checkpoints was signed over; None where there are not two to compare."""
    told = sorted(checkpoints)
    if len(told) < 2:
        return None
    words = Words(
        "growth",
        _("How the ledger grew"),
        _("Entries under each of the newest %(count)s checkpoints, from %(first)s to %(last)s entries.")
        % {"count": len(told), "first": f"{told[0][0]:,}", "last": f"{told[-1][0]:,}"},
    )
    moments = [at.timestamp() for _size, at in told]
    written = [f"{at.astimezone(TOKYO):%Y-%m-%d %H:%M}" for _size, at in told]
    across = Axis(moments[0], moments[-1], [moments[0], moments[-1]], labels=[written[0][5:], written[-1][5:]])
    chart = Chart(SIZE, across, count_axis(told[-1][0], _("Number of entries")), words)
    chart.line([(moment, size) for moment, (size, _at) in zip(moments, told, strict=True)], Look.MAIN, marked=True)
    rows = [[at, f"{size:,}"] for at, (size, _at) in zip(written, told, strict=True)]
    return Picture(chart, words.title, [_("Signed at"), _("Number of entries")], rows)
