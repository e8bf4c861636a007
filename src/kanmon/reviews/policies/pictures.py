"""Agreements by version over time, as pictures with their numbers, with a mark where words changed."""

from collections.abc import Callable

from kanmon.core.charts import Axis, Chart, Look, Picture, Words, count_axis
from kanmon.core.ids import PolicyVersionId
from kanmon.reviews.policies.agreements import StandingAgreements

Translate = Callable[[str], str]
_SIZE = (560.0, 320.0)
_LOOKS = (Look.MAIN, Look.SECOND)
"""Of the two newest versions; all before them are drawn alike."""


def agreements_picture(standing: StandingAgreements, place: int, _: Translate) -> Picture:
    """One policy's agreements; `place` tells it from the other pictures of the page."""
    days, names = standing.days, list(standing.people)
    looks: dict[PolicyVersionId | None, Look] = {None: Look.ALARM}
    looks |= zip([name for name in reversed(names) if name is not None], _LOOKS, strict=False)
    titles = {name: _("other words") if name is None else str(name) for name in names}
    words = Words(
        f"agreements-{place}",
        _("Agreements by version: %(policy)s") % {"policy": standing.policy_id},
        _(
            "People whose newest act agrees, by the version of the words, from %(first)s to %(last)s; a line upwards "
            "where other words took effect. Today %(people)s people. The table has all numbers."
        )
        % {
            "first": days[0],
            "last": days[-1],
            "people": f"{sum(counts[-1] for counts in standing.people.values()):,}",
        },
    )
    marks = sorted(standing.changed_on)
    places = [float(day.toordinal()) for day in days]
    across = Axis(
        places[0], max(places[-1], places[0] + 1), [places[0], places[-1]], labels=[str(days[0]), str(days[-1])]
    )
    most = max(max(counts) for counts in standing.people.values())
    legend = [(looks.get(name, Look.QUIET), titles[name]) for name in names]
    chart = Chart(_SIZE, across, count_axis(most, _("Number of people")), words, legend)
    for day in marks:
        chart.upright(float(day.toordinal()), Look.QUIET)
    for name, counts in standing.people.items():
        chart.line(list(zip(places, map(float, counts), strict=True)), looks.get(name, Look.QUIET), marked=True)
    columns = [_("At the end of this day"), *titles.values(), _("Words that took effect")]
    rows = [
        [
            str(day),
            *(f"{counts[at]:,}" for counts in standing.people.values()),
            ", ".join(standing.changed_on.get(day, ())) or "–",
        ]
        for at, day in enumerate(days)
    ]
    return Picture(chart, words.title, columns, rows)
