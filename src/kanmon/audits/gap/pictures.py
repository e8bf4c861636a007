"""The two figures of the release of 2019, of any season: who fell into the gap, and by which scheme what went when."""

from collections import Counter
from collections.abc import Callable, Sequence

from kanmon.audits.gap.model import CAUSE_MEANINGS, Gap
from kanmon.clients.wording import SCHEME_MEANINGS
from kanmon.core.charts import Chart, Look, Picture, Words, count_axis, named_axis
from kanmon.core.clock import day_of

Translate = Callable[[str], str]
SIZE = (440.0, 320.0)
MOST_DAYS = 31
"""Where there are more, months are shown."""
_LOOKS = ((100, Look.MAIN), (10, Look.ALARM), (1, Look.SECOND))
"""From how many deliveries on a square looks so: the more, the denser its pattern."""


def causes_picture(gap: Gap, _: Translate, name_suffix: str = "") -> Picture | None:
    """How many people each cause counts; None where nobody is in the gap."""
    if not gap.reasons:
        return None
    words = Words(
        f"gap-causes{name_suffix}",
        _("Who fell into the gap"),
        _(
            "People in the gap by cause; the numbers below the bars are those of the table. Most for one cause: "
            "%(most)s."
        )
        % {"most": f"{max(gap.reasons.values()):,}"},
    )
    names = [str(place) for place in range(1, len(gap.reasons) + 1)]
    upwards = count_axis(max(gap.reasons.values()), _("Number of people"))
    chart = Chart(SIZE, named_axis(names, 20, _("Cause")), upwards, words)
    for place, count in enumerate(gap.reasons.values()):
        chart.bar(place + 0.15, place + 0.85, count, Look.MAIN)
    rows = [
        [name, str(cause), _(CAUSE_MEANINGS[cause]), f"{count:,}"]
        for name, (cause, count) in zip(names, gap.reasons.items(), strict=True)
    ]
    return Picture(
        chart, words.title, [_("Cause"), _("Name of the cause"), _("What it means"), _("Number of people")], rows
    )


def deliveries_picture(gap: Gap, _: Translate, name_suffix: str = "") -> Picture | None:
    """Deliveries without valid consent by client and time; None where the rule tells of no single delivery."""
    if not gap.deliveries:
        return None
    days = [day_of(delivery.at).isoformat() for delivery in gap.deliveries]
    times = days if len(set(days)) <= MOST_DAYS else [day[:7] for day in days]
    receivers = [(delivery.scheme, delivery.client_id) for delivery in gap.deliveries]
    squares = Counter(zip(receivers, times, strict=True))
    lines, columns = sorted(set(receivers)), sorted(set(times))
    words = Words(
        f"gap-deliveries{name_suffix}",
        _("By which scheme, to which client, and when"),
        _(
            "Deliveries without valid consent: a line for each client with the scheme of its contract, a column for "
            "each time. The table has all numbers."
        ),
    )
    numbers = [f"{scheme} {number}" for number, (scheme, _client) in enumerate(lines, start=1)]
    upwards = named_axis(numbers[::-1], 20, _("Scheme and client, by its number"))
    chart = Chart(SIZE, named_axis([_short(time) for time in columns], 6), upwards, words, _legend(_))
    for (receiver, time), count in squares.items():
        across, line = columns.index(time), len(lines) - 1 - lines.index(receiver)
        look = next(look for least, look in _LOOKS if count >= least)
        chart.block(across + 0.05, across + 0.95, line + 0.1, line + 0.9, look)
    rows = [
        [numbers[lines.index(receiver)], receiver[1], _(SCHEME_MEANINGS[receiver[0]]), time, f"{count:,}"]
        for (receiver, time), count in sorted(squares.items())
    ]
    titles = [
        _("Scheme and number"),
        _("Receiving client"),
        _("Scheme of the contract"),
        _("Day or month"),
        _("Number of deliveries"),
    ]
    return Picture(chart, words.title, titles, rows)


def pictures_of(gap: Gap, _: Translate, name_suffix: str = "") -> Sequence[Picture]:
    """Both figures, as far as there is something to show; the suffix tells those of one page apart."""
    drawn = (causes_picture(gap, _, name_suffix), deliveries_picture(gap, _, name_suffix))
    return [picture for picture in drawn if picture is not None]


def _short(time: str) -> str:
    return time[5:] if len(time) == len("2026-04-01") else time


def _legend(_: Translate) -> Sequence[tuple[Look, str]]:
    (many, most), (some, middle), (_few, least) = _LOOKS
    return [
        (most, _("%(count)s or more deliveries") % {"count": many}),
        (middle, _("%(least)s to %(most)s deliveries") % {"least": some, "most": many - 1}),
        (least, _("fewer deliveries")),
    ]
