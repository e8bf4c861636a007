"""Pictures of the privacy owner's overview, each with its numbers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from kanmon.audits.overview.funnel import Cause, FunnelStage, FunnelStep, Wait
from kanmon.audits.overview.refusals import DayOfAnswers
from kanmon.core.charts import Axis, Chart, Look, Picture, Words, count_axis, named_axis
from kanmon.core.clock import TOKYO
from kanmon.core.language import N_
from kanmon.gate.wording import MEANINGS

Translate = Callable[[str], str]
SIZE = (440.0, 300.0)
FUNNEL_MARGIN = 140.0
STEPS = {
    FunnelStage.HANDED_OVER: N_("Were handed over"),
    FunnelStage.CLEARED_FOR_SCORING: N_("May be scored"),
    FunnelStage.SCORED: N_("Were scored"),
    FunnelStage.CLEARED_FOR_PROVIDING: N_("May be provided"),
    FunnelStage.PROVIDED: N_("Were provided"),
}
WAITS: Mapping[Wait, str] = {
    Wait.NOT_ASKED: N_("the gate was not asked yet"),
    Wait.NOT_COMPUTED: N_("no score was computed yet"),
    Wait.NOT_SCORABLE: N_("not scorable"),
    Wait.NOT_PROVIDED: N_("not provided yet"),
}


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


def funnel_picture(steps: Sequence[FunnelStep], _: Translate) -> Picture | None:
    """How far applicants came from handed over to provided, and why the others did not; None where nobody is."""
    if not steps or not steps[0].applicants:
        return None
    words = Words(
        "funnel",
        _("From handed over to provided"),
        _("Of %(all)s applicants handed over, %(provided)s were provided. The table has the reasons of the others.")
        % {"all": f"{steps[0].applicants:,}", "provided": f"{steps[-1].applicants:,}"},
    )
    names = [_(STEPS[step.step]) for step in reversed(steps)]
    across = count_axis(steps[0].applicants, _("Number of applicants"))
    legend = [(Look.MAIN, _("Came so far")), (Look.ALARM, _("Stopped just before"))]
    chart = Chart((SIZE[0], 260.0), across, named_axis(names, len(names)), words, legend, beside=FUNNEL_MARGIN)
    for line, step in enumerate(reversed(steps)):
        stopped = sum(step.stopped.values())
        chart.block(0, step.applicants, line + 0.15, line + 0.85, Look.MAIN)
        if stopped:
            chart.block(step.applicants, step.applicants + stopped, line + 0.15, line + 0.85, Look.ALARM)
    rows = [
        [
            _(STEPS[step.step]),
            f"{step.applicants:,}",
            f"{step.applicants / steps[0].applicants:.1%}",
            f"{sum(step.stopped.values()):,}",
            "; ".join(f"{_cause(cause, _)}: {count:,}" for cause, count in step.stopped.items()) or "–",
        ]
        for step in steps
    ]
    columns = [
        _("How far"),
        _("Applicants who came so far"),
        _("Share of all"),
        _("Stopped just before"),
        _("Why they stopped"),
    ]
    return Picture(chart, words.title, columns, rows, is_broad=True)


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


def _cause(cause: Cause, _: Translate) -> str:
    return _(WAITS[cause] if isinstance(cause, Wait) else MEANINGS[cause])
