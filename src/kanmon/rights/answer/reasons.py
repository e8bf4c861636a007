"""Why a score is what it is, for its person: each reason with its value, where that stands, and what it did.

A part is weight x (share below - share above) / 2: its sign says what this person's value did to this score, not what
more of the feature does. Few steps done raise a score; "steps done: raises" would be false.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kanmon.clients.contract import ScoreTarget
from kanmon.core.language import N_, Language, translations
from kanmon.features.definition import OF_COVERED_SITES, in_its_unit, input_meant
from kanmon.modelling.last_year import AlikeGroup
from kanmon.rights.answer.shapes import InputResult
from kanmon.scoring.explanation import MILLION, Explanation, Reason


class Size(StrEnum):
    """How much a reason did, from its part in log-odds."""

    SLIGHT = "slight"
    CLEAR = "clear"
    STRONG = "strong"


_CLEAR_FROM, _STRONG_FROM = MILLION // 10, MILLION // 2
_DID: Mapping[tuple[bool, Size], str] = {
    (True, Size.SLIGHT): N_("This raised the score a little."),
    (True, Size.CLEAR): N_("This raised the score clearly."),
    (True, Size.STRONG): N_("This raised the score strongly."),
    (False, Size.SLIGHT): N_("This lowered the score a little."),
    (False, Size.CLEAR): N_("This lowered the score clearly."),
    (False, Size.STRONG): N_("This lowered the score strongly."),
}
_REST_DID: Mapping[tuple[bool, Size], str] = {
    (True, Size.SLIGHT): N_("Everything else together raised the score a little."),
    (True, Size.CLEAR): N_("Everything else together raised the score clearly."),
    (True, Size.STRONG): N_("Everything else together raised the score strongly."),
    (False, Size.SLIGHT): N_("Everything else together lowered the score a little."),
    (False, Size.CLEAR): N_("Everything else together lowered the score clearly."),
    (False, Size.STRONG): N_("Everything else together lowered the score strongly."),
}


_FORESEEN: Mapping[ScoreTarget, str] = {
    ScoreTarget.BOTH: N_("This score is about people who withdraw from the selection or decline an offer."),
    ScoreTarget.SELECTION_WITHDRAWAL: N_("This score is about people who withdraw from the selection."),
    ScoreTarget.OFFER_DECLINE: N_("This score is about people who decline an offer."),
}
_ALIKE: Mapping[ScoreTarget, str] = {
    ScoreTarget.BOTH: N_("Of last year's applicants with such scores, %(left)s of %(people)s left."),
    ScoreTarget.SELECTION_WITHDRAWAL: N_(
        "Of last year's applicants with such scores, %(left)s of %(people)s withdrew from the selection."
    ),
    ScoreTarget.OFFER_DECLINE: N_(
        "Of last year's applicants with such scores, %(left)s of %(people)s declined an offer."
    ),
}


@dataclass(frozen=True)
class ToldReason:
    """A reason as it is told."""

    reason: Reason
    is_among_last_year: bool
    partner_sites: tuple[str, ...] = ()
    """On which the person's actions counted, where the input is of partner sites."""

    @property
    def raised(self) -> bool:
        """Whether it raised this score; else it lowered it."""
        return self.reason.part > 0

    def words(self, language: Language) -> str:
        """The input, the person's value, where it stands, and what that did."""
        _ = translations(language).gettext
        said = input_meant(self.reason.feature, language)
        if self.partner_sites:
            said = _("%(input)s (%(sites)s)") % {"input": said, "sites": sites_in_words(self.partner_sites, language)}
        value = value_in_words(self.reason)
        if value is None:
            placed = _("%(input)s: not known of you, so you stand in the middle.") % {"input": said}
        else:
            placed = _("%(input)s: %(value)s.") % {"input": said, "value": value}
        return " ".join((placed, self._compared(language), _(_DID[self.raised, size_of(self.reason.part)])))

    def _compared(self, language: Language) -> str:
        _ = translations(language).gettext
        values = {"below": _of_100(self.reason.below), "above": _of_100(self.reason.above)}
        if self.is_among_last_year:
            return _("Of 100 applicants of last year, %(below)s had less and %(above)s had more.") % values
        return _("Of 100 applicants compared, %(below)s had less and %(above)s had more.") % values


def reasons_of(explanation: Explanation | None) -> list[ToldReason]:
    """What each kept input did to a score, strongest first; what did nothing is left out."""
    if explanation is None:
        return []
    return [
        ToldReason(
            reason,
            explanation.is_among_last_year,
            explanation.partner_sites if reason.feature in OF_COVERED_SITES else (),
        )
        for reason in explanation.reasons
        if reason.part
    ]


def reasons_in_words(explanation: Explanation | None, language: Language) -> list[str]:
    """All that is told of why a score is what it is, a sentence or two each."""
    told = [reason.words(language) for reason in reasons_of(explanation)]
    if explanation is not None and explanation.rest:
        did = _REST_DID[explanation.rest > 0, size_of(explanation.rest)]
        told.append(translations(language).gettext(did))
    return told


def foreseen_in_words(explanation: Explanation | None, language: Language) -> str | None:
    """What a score speaks of; None where it is from before that was kept with it."""
    if explanation is None:
        return None
    return translations(language).gettext(_FORESEEN[explanation.predicted])


def alike_in_words(group: AlikeGroup, explanation: Explanation | None, language: Language) -> str:
    """What became of last year's applicants with such scores."""
    predicted = ScoreTarget.BOTH if explanation is None else explanation.predicted
    return translations(language).gettext(_ALIKE[predicted]) % {"people": group.people, "left": group.left}


def reason_facts(explanation: Explanation | None) -> Sequence[InputResult]:
    """The reasons as plain values for a program of the person's own, with their words."""
    return [
        {
            "meaning_ja": input_meant(told.reason.feature, Language.JAPANESE),
            "meaning_en": input_meant(told.reason.feature, Language.ENGLISH),
            "words_ja": told.words(Language.JAPANESE),
            "words_en": told.words(Language.ENGLISH),
            "value": told.reason.value,
            "share_below": told.reason.below,
            "share_above": told.reason.above,
            "part_in_log_odds": told.reason.part / MILLION,
            "raises_the_score": told.raised,
        }
        for told in reasons_of(explanation)
    ]


def sites_in_words(sites: Sequence[str], language: Language) -> str:
    """Partner sites as a list, by the names that the words agreed to have for them."""
    return translations(language).pgettext("between names", ", ").join(sites)


def size_of(part: int) -> Size:
    """How much a part of the log-odds, in millionths, is."""
    if abs(part) < _CLEAR_FROM:
        return Size.SLIGHT
    return Size.CLEAR if abs(part) < _STRONG_FROM else Size.STRONG


def value_in_words(reason: Reason) -> str | None:
    """The person's value with at most two decimals; None where it is undefined."""
    if reason.value is None:
        return None
    return f"{round(in_its_unit(reason.feature, reason.value), 2):g}"


def _of_100(share: float) -> int:
    """Never more than there are."""
    return math.floor(round(share * 100, 4))
