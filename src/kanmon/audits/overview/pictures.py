"""Pictures of the privacy owner's overview, each with its numbers."""

from collections.abc import Callable, Sequence

from kanmon.audits.overview.refusals import DayOfAnswers
from kanmon.core.charts import Chart, Look, Picture, Words, count_axis, named_axis

Translate = Callable[[str], str]
SIZE = (560.0, 300.0)


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
