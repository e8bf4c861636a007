"""What models and their inputs are called on pages and in cards; ids of messages, and sentences."""

from collections.abc import Callable, Mapping
from typing import Any

from kanmon.clients.contract import ScoreTarget
from kanmon.clients.wording import TARGETS
from kanmon.core.ids import ClientId
from kanmon.core.language import N_
from kanmon.modelling.card_facts import need_on, undivided_on, untrained_on
from kanmon.modelling.card_parts import parts_on, target_on
from kanmon.modelling.division import Lack, Undivided
from kanmon.modelling.need import MIN_OF_EACH, Need, UntrainedOrder
from kanmon.modelling.registry import NewestCard

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


_LACKS: Mapping[Lack, str] = {
    Lack.TOO_FEW: N_(
        "one model foresees both ways of leaving: a model only of those who %(act)s takes %(each)s who did and "
        "%(each)s who did not; there are %(left)s and %(stayed)s"
    ),
    Lack.NOT_SHOWN: N_(
        "one model foresees both ways of leaving: validation can't show that a model only of those who %(act)s is "
        "better than chance (%(left)s did, %(stayed)s did not)"
    ),
    Lack.NO_BETTER: N_(
        "one model foresees both ways of leaving: it foresees those who %(act)s better than a model only of them "
        "(%(left)s did, %(stayed)s did not)"
    ),
}


def undivided_in_words(undivided: Undivided, _: Callable[[str], str]) -> str:
    """Why one model learned both acts, though the contract tells the stages of offers."""
    return _(_LACKS[undivided.why]) % {
        "act": _(TARGETS[undivided.act]),
        "each": MIN_OF_EACH,
        "left": undivided.positives,
        "stayed": undivided.people - undivided.positives,
    }


def foreseen_in_words(card: Mapping[str, Any], _: Callable[[str], str]) -> list[str]:
    """What a model foresees, as its card says: a sentence for each part, then why there is but one."""
    told = [_("It foresees which people %(act)s.") % {"act": _(TARGETS[target_on(part)])} for part in parts_on(card)]
    if len(told) > 1:
        told.append(_("Each person is scored by the model of what lies ahead at the stage of the application."))
    undivided = undivided_on(card)
    return told if undivided is None else [*told, undivided_in_words(undivided, _)]


def unforeseen_in_words(client: ClientId, asked: ScoreTarget, _: Callable[[str], str]) -> str:
    """That no model of a client foresees what its contract asks for, and what that takes."""
    return _(
        "%(client)s: the contract asks who %(act)s, no model foresees that, and no other stands in for it. It takes "
        "%(each)s who did and %(each)s who did not; `kanmon train` says how many there are."
    ) % {"client": client, "act": _(TARGETS[asked]), "each": MIN_OF_EACH}


def outlook_in_words(newest: NewestCard | None, asked: ScoreTarget, _: Callable[[str], str]) -> str:
    """For a client whose newest model scores nobody: why, and what it would take; empty where one is in use.

    No number of people is told: it would tell how many of those that were handed over refused.
    """
    if newest is None or target_on(newest.card) is not asked:
        return _(
            "No model scores your applicants yet: it takes the outcomes of at least %(each)s people who %(act)s and of "
            "%(each)s who do not, all of whom agreed that their history is used."
        ) % {"each": MIN_OF_EACH, "act": _(TARGETS[asked])}
    if newest.is_approved:
        return ""
    held = _("Your newest model scores nobody: it can't be shown to rank last year's applicants better than chance.")
    if (need := need_on(newest.card)) is None:
        takes = _("More outcomes of the same kind would not change that.")
    else:
        takes = _("If people behave alike, it would take about %(years)s years of as many outcomes as last year's.") % {
            "years": need.years
        }
    return f"{held} {takes}"


def part_heading(heading: str, card: Mapping[str, Any], _: Callable[[str], str]) -> str:
    """A heading over one part of a model, which names what the part foresees; of a model of both it is the same."""
    target = target_on(card)
    if target is ScoreTarget.BOTH:
        return heading
    return _("%(heading)s: who %(act)s") % {"heading": heading, "act": _(TARGETS[target])}


def figures_in_words(card: Mapping[str, Any], _: Callable[[str], str]) -> list[str]:
    """How well a model, or a part of one, does on people left out of the fitting, and what its holding takes."""
    told = [
        _("AUC %(auc)s, average precision %(average_precision)s") % card["validation"],
        _("Brier %(brier)s (of the base rate %(brier_prior)s), ECE %(ece)s") % card["validation"],
    ]
    if target_on(card) is not ScoreTarget.BOTH:
        told.insert(0, _("%(rows)s people, of whom %(positives)s left so") % card)
    if card.get("of_both_auc") is not None:
        told.append(_("a model of both ways of leaving, on the same people: AUC %(of_both_auc)s") % card)
    told.append(untrained_in_words(untrained_on(card), _))
    return told


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
