"""Pictures of a model's card: calibration, lift, discrimination, scores and base rates, each with its numbers."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kanmon.clients.categories import SCALE
from kanmon.clients.contract import ScoreTarget
from kanmon.core.charts import Axis, Chart, Look, Picture, Words, even_ticks, named_axis, share_axis
from kanmon.modelling.card_facts import groups_on, untrained_on
from kanmon.modelling.card_parts import target_on
from kanmon.modelling.last_year import LEAST_TOLD

Translate = Callable[[str], str]
SIZE = (380.0, 330.0)
TENTHS = 10
_Z = 1.96
"""Of a normal distribution, for 95 of 100."""


def calibration_picture(card: Mapping[str, Any], _: Translate) -> Picture:
    """Across the mean risk of people alike, upwards the share of them that left, with intervals and counts."""
    groups = card["calibration"]
    spans = [share_interval(round(group["share_left"] * group["n"]), group["n"]) for group in groups]
    top = max([0.01, *(group["mean_index"] for group in groups), *(high for _low, high in spans)])
    across, upwards = (share_axis(top, name, in_percent=False) for name in (_("Mean risk"), _("Share that left")))
    top = across.high
    words = Words(
        _key("calibration", card),
        _("Calibration"),
        _("Calibration: across the mean risk of people alike, upwards the share of them that left.")
        + " "
        + _("Both axes go from 0 to %(top)s; the table beside it has all numbers.") % {"top": f"{top:g}"},
    )
    chart = Chart(SIZE, across, upwards, words)
    chart.line([(0.0, 0.0), (top, top)], Look.QUIET)
    for group, (low, high) in zip(groups, spans, strict=True):
        chart.span(group["mean_index"], low, high, Look.SECOND)
    chart.line([(group["mean_index"], group["share_left"]) for group in groups], Look.MAIN, marked=True)
    columns = [_("Mean risk"), _("Share that left"), _("95 % interval"), _("Number of people")]
    rows = [
        [f"{group['mean_index']:.3f}", f"{group['share_left']:.3f}", _span(span), f"{group['n']:,}"]
        for group, span in zip(groups, spans, strict=True)
    ]
    return Picture(chart, words.title, columns, rows)


def lift_picture(card: Mapping[str, Any], _: Translate) -> Picture | None:
    """How much more often people of a tenth left than all; None on a card from before groups were kept."""
    groups = [group for group in groups_on(card) if group.people >= LEAST_TOLD]
    rate = card["positives"] / card["rows"] if card["rows"] else 0
    if not groups or not rate:
        return None
    lifts = [group.left / group.people / rate for group in groups]
    words = Words(
        _key("lift", card),
        _("Lift by score"),
        _("A bar for each group of neighbouring scores: 2 means that twice as many of them left as of all people.")
        + " "
        + _("The highest bar stands at %(most)s.") % {"most": f"{max(lifts):.2f}"},
    )
    across = Axis(0.0, 1.0, even_ticks(0.0, 1.0), name=_("Score from 0 to 1"))
    chart = Chart(SIZE, across, share_axis(max(1.2, *lifts), _("Lift"), in_percent=False), words)
    for group, lift in zip(groups, lifts, strict=True):
        chart.bar(group.begins + 0.008, group.ends - 0.008, lift, Look.MAIN)
    chart.line([(0.0, 1.0), (1.0, 1.0)], Look.ALARM)
    rows = [
        [f"{group.begins:.2f}–{group.ends:.2f}", f"{group.people:,}", f"{group.left:,}", f"{lift:.2f}"]
        for group, lift in zip(groups, lifts, strict=True)
    ]
    return Picture(
        chart, words.title, [_("Score from 0 to 1"), _("Number of people"), _("Number who left"), _("Lift")], rows
    )


def discrimination_picture(card: Mapping[str, Any], _: Translate) -> Picture:
    """The AUC of the model and of the orders that need no training, on the same people; 0.5 is chance."""
    chosen, untrained = card["tried"][0], untrained_on(card)
    spread = _Z * chosen["auc_standard_error"]
    orders = [(_("This model"), chosen["auc"], Look.MAIN)]
    if untrained is not None:
        baselines = ((_("Active days"), untrained.auc_active_days), (_("Time away"), untrained.auc_recency))
        orders += [(name, auc, Look.SECOND) for name, auc in baselines if auc is not None]
    words = Words(
        _key("discrimination", card),
        _("Discrimination beside the untrained orders"),
        _("AUC of the model with its 95 % interval, and of orders that need no training; 0.5 is chance."),
    )
    low = min(0.4, *(auc for _name, auc, _look in orders), chosen["auc"] - spread)
    high = max(0.8, *(auc for _name, auc, _look in orders), chosen["auc"] + spread)
    ticks = [tick / 10 for tick in range(math.floor(low * 10), math.ceil(high * 10) + 1)]
    across = named_axis([name for name, _auc, _look in orders], 3)
    chart = Chart(SIZE, across, Axis(ticks[0], ticks[-1], ticks, name="AUC"), words)
    for place, (_name, auc, look) in enumerate(orders):
        chart.line([(place + 0.5, auc)], look, marked=True)
    chart.span(0.5, chosen["auc"] - spread, chosen["auc"] + spread, Look.SECOND)
    chart.line([(0.0, 0.5), (float(len(orders)), 0.5)], Look.ALARM)
    span = _span((chosen["auc"] - spread, chosen["auc"] + spread))
    rows = [[name, f"{auc:.3f}", span if place == 0 else "–"] for place, (name, auc, _look) in enumerate(orders)]
    return Picture(chart, words.title, [_("Order"), "AUC", _("95 % interval")], rows)


def _key(picture: str, card: Mapping[str, Any]) -> str:
    """What a picture is called on a page, where each part of a model has its own."""
    target = target_on(card)
    return picture if target is ScoreTarget.BOTH else f"{picture}-{target.value.replace('_', '-')}"


def scores_picture(last_year: Sequence[int], this_year: Sequence[int], _: Translate) -> Picture | None:
    """What share of last year's and of this year's people each tenth of the scores holds; None before anybody."""
    if not last_year or not this_year:
        return None
    counts = [(_tenths(last_year), Look.SECOND, _("last year")), (_tenths(this_year), Look.MAIN, _("this year"))]
    shares = [[count / sum(tenths) for count in tenths] for tenths, _look, _name in counts]
    words = Words(
        "scores",
        _("Scores last year and this year"),
        _("The share of people in each tenth of the scores, last year beside this year. The table has all numbers."),
    )
    upwards = share_axis(max(map(max, shares)), _("Share of people"))
    legend = [(look, name) for _tenths_of, look, name in counts]
    across = Axis(0.0, 1.0, even_ticks(0.0, 1.0), name=_("Score from 0 to 1"))
    chart = Chart(SIZE, across, upwards, words, legend)
    for place in range(TENTHS):
        begins = place / TENTHS
        chart.bar(begins + 0.008, begins + 0.05, shares[0][place], Look.SECOND)
        chart.bar(begins + 0.05, begins + 0.092, shares[1][place], Look.MAIN)
    rows = [
        [f"{place / TENTHS:.1f}–{(place + 1) / TENTHS:.1f}"]
        + [f"{tenths[place]:,} ({share[place]:.1%})" for (tenths, *_rest), share in zip(counts, shares, strict=True)]
        for place in range(TENTHS)
    ]
    return Picture(chart, words.title, [_("Score from 0 to 1"), *(name for *_rest, name in counts)], rows)


def base_rate_picture(versions: Sequence[tuple[str, int, int]], _: Translate) -> Picture:
    """What share left of the people that each version learned from: its name, how many people, how many left."""
    spans = [share_interval(left, people) for _name, people, left in versions]
    words = Words(
        "base-rate",
        _("Share that left, version by version"),
        _("The share of people that left among those that each version learned from, with its 95 % interval."),
    )
    upwards = share_axis(max(high for _low, high in spans), _("Share that left"))
    chart = Chart(SIZE, named_axis([name for name, *_rest in versions], 4), upwards, words)
    for place, (low, high) in enumerate(spans):
        chart.span(place + 0.5, low, high, Look.SECOND)
    shares = [left / people if people else 0.0 for _name, people, left in versions]
    chart.line([(place + 0.5, share) for place, share in enumerate(shares)], Look.MAIN, marked=True)
    rows = [
        [name, f"{people:,}", f"{left:,}", f"{share:.1%}", _span(span)]
        for (name, people, left), share, span in zip(versions, shares, spans, strict=True)
    ]
    columns = [_("Version"), _("Number of people"), _("Number who left"), _("Share that left"), _("95 % interval")]
    return Picture(chart, words.title, columns, rows)


def share_interval(found: int, people: int) -> tuple[float, float]:
    """Wilson's interval for a share, which 95 of 100 such intervals hold; of nobody nothing is known."""
    if not people:
        return 0.0, 1.0
    share, weight = found / people, _Z**2 / people
    middle = (share + weight / 2) / (1 + weight)
    half = _Z * math.sqrt(share * (1 - share) / people + weight / people / 4) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def _tenths(scores: Sequence[int]) -> list[int]:
    places = [min(TENTHS - 1, score * TENTHS // SCALE) for score in scores]
    return [places.count(place) for place in range(TENTHS)]


def _span(span: tuple[float, float]) -> str:
    return f"{span[0]:.3f}–{span[1]:.3f}"
