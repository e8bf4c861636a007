"""What models and their inputs are called on pages and in cards; ids of messages, and sentences."""

from collections.abc import Callable, Mapping

from kanmon.core.language import N_
from kanmon.modelling.need import Need, UntrainedOrder

ACCEPTANCE_RULE = N_("acceptance rule of the release")
"""Who approved a model that nobody had to look at."""
DIRECTIONS: Mapping[str, str] = {
    "raises": N_("raises the score"),
    "lowers": N_("lowers the score"),
    "either": N_("either way"),
}


def need_in_words(need: Need | None, _: Callable[[str], str]) -> str:
    """What it would take for a model that may be used."""
    if need is None:
        return _("how many people it would take can't be told: more of the same would not mend it")
    return _(
        "it would take about %(people)s people of known outcome: %(years)s years of as many as last year, if they "
        "behave alike"
    ) % {"people": f"{need.people:,}", "years": need.years}


def untrained_in_words(order: UntrainedOrder | None, _: Callable[[str], str]) -> str:
    """How well orders that need no training put last year's people."""
    values = {
        "days": _figure(None if order is None else order.auc_active_days),
        "recency": _figure(None if order is None else order.auc_recency),
    }
    return _("untrained, on the same people: AUC %(days)s by fewer active days, %(recency)s by longer absence") % values


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
