"""Words for what a person is told: what was done, what was provided, what counted in a score."""

from collections.abc import Mapping

from kanmon.features.definition import DEFINITIONS
from kanmon.language import N_, Language

ACTIONS: Mapping[str, str] = {"accept": N_("agreed"), "refuse": N_("did not agree"), "withdraw": N_("withdrew")}
"""What each act of consent is called; ids of messages."""
ITEMS: Mapping[str, str] = {
    "applicant_id": N_("the client's applicant ID"),
    "score": N_("score"),
    "category": N_("category"),
}
"""What each item that is provided is called; ids of messages."""
_MEANINGS = {one.name: one for one in DEFINITIONS}


def feature_in_words(feature: str, language: Language) -> str:
    """What a feature says about a person; one that is no longer known stays as it is named."""
    known = _MEANINGS.get(feature)
    if known is None:
        return feature
    return known.meaning_ja if language is Language.JAPANESE else known.meaning_en
