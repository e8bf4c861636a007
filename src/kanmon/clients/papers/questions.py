"""What staff ask a client before and after it uses scores; a version stays as it was asked (S12, EMP-05).

A new question, or other words, is a new version: checks name the version whose questions they answer.
"""

from collections.abc import Mapping

from kanmon.clients.papers.model import PaperKind
from kanmon.core.language import N_

CURRENT = "1"
"""The version that is asked now."""

QUESTIONS: Mapping[str, Mapping[PaperKind, Mapping[str, str]]] = {
    "1": {
        PaperKind.CHECK_BEFORE_USE: {
            "purpose": N_("What will you use the scores for?"),
            "readers": N_("Who will be able to read the scores, and who decides about applicants?"),
            "selection": N_("How do you make sure that nobody who decides pass or fail knows a score?"),
            "follow_up": N_("What will you do for a person whom a score points out?"),
            "keeping": N_("Where will the report be kept, and when will it be erased?"),
        },
        PaperKind.CHECK_AFTER_USE: {
            "used": N_("For what were the scores really used?"),
            "readers": N_("Who read the scores, and did anybody of them decide pass or fail?"),
            "selection": N_("Was any score seen, told or used in a selection?"),
            "follow_up": N_("What was done for the people whom scores pointed out?"),
            "keeping": N_("Is the report still there, and were copies made or passed on?"),
        },
    },
}
"""By version and kind of check, the questions; ids of messages."""


def questions_of(kind: PaperKind, version: str = CURRENT) -> Mapping[str, str]:
    """The questions of a check; none for a paper that is none, or for a version that nobody knows."""
    return QUESTIONS.get(version, {}).get(kind, {})
