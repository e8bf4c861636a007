"""Ending an incident, and making it public: what each needs, what would be public, and a confirmation of just that.

Whoever ends or publishes first sees a preview with what is still missing. Its hash confirms it: if anything of it has
changed in between, the step is refused and looked at again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from kanmon.core.errors import ConfirmationMissing
from kanmon.core.ids import IncidentId
from kanmon.core.lacks import StepLack, StepRefused
from kanmon.core.language import N_, Language
from kanmon.core.sense import is_in_words
from kanmon.incidents.model import Fact, FactKind, Incident
from kanmon.incidents.notices.service import TOLD_ITEMS
from kanmon.incidents.service import NINE_ITEMS, words_of_items
from kanmon.incidents.words import FACTS
from kanmon.ledger.confirmation import confirmation_of, outdated

LANGUAGES: Mapping[Language, str] = {Language.JAPANESE: N_("Japanese"), Language.ENGLISH: N_("English")}
"""The languages that people are told in, each with the id of its name."""
"""A public notice says everything in both."""
_NAMED = frozenset({"item", "language"})


class PeopleCounts(NamedTuple):
    """How those affected stand: each member once, by whether they were told."""

    affected: int
    told: int
    """Their letter was handed over, or they saw it in the portal."""
    unwritten: int
    waiting: int
    """Their letter waits or is being handed over."""
    in_doubt: int
    unreachable: int
    """No letter can reach them: no address or none that works, or the mail server refused it."""
    former: int
    """Check codes of people who are members no more: no letter reaches them."""


class IncidentLackKind(StrEnum):
    """Why an incident can't be ended or made public yet."""

    ITEM_WITHOUT_WORDS = "ITEM_WITHOUT_WORDS"
    ITEM_IN_ONE_LANGUAGE = "ITEM_IN_ONE_LANGUAGE"
    AFFECTED_SET = "AFFECTED_SET"
    FINAL_REPORT = "FINAL_REPORT"
    PEOPLE_UNWRITTEN = "PEOPLE_UNWRITTEN"
    LETTERS_WAITING = "LETTERS_WAITING"
    LETTERS_IN_DOUBT = "LETTERS_IN_DOUBT"
    PUBLIC_NOTICE_MISSING = "PUBLIC_NOTICE_MISSING"
    PUBLIC_NOTICE_OUTDATED = "PUBLIC_NOTICE_OUTDATED"


LACK_TEXTS: Mapping[IncidentLackKind, str] = {
    IncidentLackKind.ITEM_WITHOUT_WORDS: N_("%(item)s is not put in words"),
    IncidentLackKind.ITEM_IN_ONE_LANGUAGE: N_("%(item)s is made public, and its words are missing in %(language)s"),
    IncidentLackKind.AFFECTED_SET: N_("nobody knows yet whom it affects"),
    IncidentLackKind.FINAL_REPORT: N_("the final report is not recorded"),
    IncidentLackKind.PEOPLE_UNWRITTEN: N_("%(count)s people affected were not written to"),
    IncidentLackKind.LETTERS_WAITING: N_("letters to %(count)s people are not handed over yet"),
    IncidentLackKind.LETTERS_IN_DOUBT: N_(
        "of letters to %(count)s people nobody knows whether they were taken; decide with `kanmon mail settle`"
    ),
    IncidentLackKind.PUBLIC_NOTICE_MISSING: N_(
        "%(count)s people can't be reached by a letter, and nothing is public in its place: see "
        "`kanmon incident publish`"
    ),
    IncidentLackKind.PUBLIC_NOTICE_OUTDATED: N_("what is public is not what is known now; publish it anew"),
}
"""What each means, in words; ids of messages."""


class IncidentLack(StepLack[IncidentLackKind]):
    """One thing that is missing."""

    texts = LACK_TEXTS


class StepIncomplete(StepRefused):
    """An incident can't be ended or made public: what it lacks is named."""

    code = "INCIDENT_STEP_INCOMPLETE"
    because = N_("this can't be done yet:")


@dataclass(frozen=True)
class Preview:
    """What a step would do: the words that are, or would be, public, how people stand, and what is missing."""

    step: str
    incident_id: IncidentId
    subject: str | None
    body: str | None
    """What is public after the step; None where nothing is."""
    people: PeopleCounts
    lacks: Sequence[IncidentLack]
    facts: int

    @property
    def sha256(self) -> str:
        """What confirms it: over everything that is shown of it."""
        shown = {
            "step": self.step,
            "incident_id": self.incident_id,
            "subject": self.subject,
            "body": self.body,
            "people": list(self.people),
            "facts": self.facts,
        }
        return confirmation_of(shown)


def confirmed(preview: Preview, confirmation: str | None) -> None:
    """Nothing where the step may go on; `StepIncomplete`, `ConfirmationMissing`, `PreviewOutdated`."""
    if preview.lacks:
        raise StepIncomplete(preview.lacks)
    if confirmation is None:
        raise ConfirmationMissing(
            N_("look at it with --dry-run first; what was shown is confirmed with --confirm %(sha256)s"),
            sha256=preview.sha256,
        )
    if confirmation != preview.sha256:
        raise outdated()


def confirmed_fact(incident: Incident, kind: FactKind, by: str, confirmation: str | None) -> Fact | None:
    """What somebody did on this very confirmation before: pressed twice, it is done once."""
    pressed = (kind, by.strip(), confirmation)
    return next(
        (
            fact
            for fact in incident.facts
            if confirmation and pressed == (fact.kind, fact.by, fact.body.get("preview_sha256"))
        ),
        None,
    )


def publishing_lacks(incident: Incident) -> list[IncidentLack]:
    """What is missing before an incident is made public: every item that it says, in words, in both languages."""
    words = words_of_items(incident)
    lacks = []
    for item in NINE_ITEMS:
        if item not in words and item not in TOLD_ITEMS:
            continue
        lacks += [
            IncidentLack(IncidentLackKind.ITEM_IN_ONE_LANGUAGE, {"item": FACTS[item], "language": name}, _NAMED)
            for language, name in LANGUAGES.items()
            if not is_in_words(words.get(item, {}).get(language, ""))
        ]
    return lacks


def closing_lacks(incident: Incident, people: PeopleCounts, is_public_text_current: bool | None) -> list[IncidentLack]:
    """What is missing before an incident ends: items without words, people untold, the public notice in their place.

    `is_public_text_current` is None where nothing is public.
    """
    lacks = [
        IncidentLack(IncidentLackKind.ITEM_WITHOUT_WORDS, {"item": FACTS[item]}, _NAMED)
        for item, said in words_of_items(incident).items()
        if not all(is_in_words(text) for text in said.values())
    ]
    for code, count in (
        (IncidentLackKind.PEOPLE_UNWRITTEN, people.unwritten),
        (IncidentLackKind.LETTERS_WAITING, people.waiting),
        (IncidentLackKind.LETTERS_IN_DOUBT, people.in_doubt),
        (
            IncidentLackKind.PUBLIC_NOTICE_MISSING,
            people.unreachable + people.former if is_public_text_current is None else 0,
        ),
    ):
        if count:
            lacks.append(IncidentLack(code, {"count": f"{count:,}"}))
    if is_public_text_current is False:
        lacks.append(IncidentLack(IncidentLackKind.PUBLIC_NOTICE_OUTDATED))
    return lacks


def public_text(incident: Incident) -> tuple[str, str] | None:
    """Subject and words that were made public last, as they were confirmed; None where nothing was."""
    published = [fact for fact in incident.facts if fact.kind is FactKind.PUBLISHED]
    return None if not published else (str(published[-1].body["subject"]), str(published[-1].body["text"]))


def published_items(incident: Incident) -> str | None:
    """The hash of the words that the public notice was made of; None where nothing is public."""
    published = [fact for fact in incident.facts if fact.kind is FactKind.PUBLISHED]
    return None if not published else str(published[-1].body["items_sha256"])
