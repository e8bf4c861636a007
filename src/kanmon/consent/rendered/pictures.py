"""What browsers reported, as pictures with their numbers: the share of other words, hour by hour."""

from collections.abc import Callable, Sequence
from datetime import datetime

from kanmon.consent.rendered.model import HOUR, SHOWN_HOURS, ReportedHour, hour_of
from kanmon.core.charts import Chart, Look, Picture, Words, named_axis, share_axis
from kanmon.core.clock import TOKYO

Translate = Callable[[str], str]
_SIZE = (560.0, 240.0)


def reported_picture(hours: Sequence[ReportedHour], place: int, now: datetime, _: Translate) -> Picture:
    """One screen's reports of the last two days; `place` tells it from the other pictures of the page."""
    first = hour_of(now) - (SHOWN_HOURS - 1) * HOUR
    shown = [hour for hour in hours if hour.hour >= first]
    names = [f"{(first + number * HOUR).astimezone(TOKYO):%d %H:%M}" for number in range(SHOWN_HOURS)]
    reports, wrong = sum(hour.right + hour.wrong for hour in shown), sum(hour.wrong for hour in shown)
    words = Words(
        f"reported-{place}",
        _("Reports with other words, by hour: %(screen)s") % {"screen": hours[0].screen_id},
        _("%(wrong)s of %(reports)s reports of the last two days. The table beside it has all numbers.")
        % {"wrong": f"{wrong:,}", "reports": f"{reports:,}"},
    )
    upwards = share_axis(max((_share(hour) for hour in shown), default=0.0), _("Share of reports with other words"))
    chart = Chart(_SIZE, named_axis(names, 6), upwards, words)
    for hour in shown:
        at = (hour.hour - first) / HOUR
        chart.bar(at + 0.1, at + 0.9, _share(hour), Look.ALARM)
    columns = [
        _("Hour"),
        _("Reports with the words in force"),
        _("Reports with other words"),
        _("Share of reports with other words"),
    ]
    rows = [
        [
            f"{hour.hour.astimezone(TOKYO):%Y-%m-%d %H:%M}",
            f"{hour.right:,}",
            f"{hour.wrong:,}",
            f"{100 * _share(hour):.1f}%",
        ]
        for hour in shown
    ]
    return Picture(chart, words.title, columns, rows)


def _share(hour: ReportedHour) -> float:
    return hour.wrong / (hour.right + hour.wrong)
