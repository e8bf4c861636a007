"""What each step of a revision needs, and why it is refused (AC-09, AC-11, AC-13; POL-01 to POL-03).

`WorldState` holds what is true at the moment of a step; all reasons to refuse are reported, not only the first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kanmon.access.account import Role, same_person
from kanmon.consent.publication import PublicationRule
from kanmon.core.lacks import StepLack, StepRefused
from kanmon.core.language import N_
from kanmon.reviews.revisions.model import MOVES, QUESTIONS, Act, Actor, Revision

_ONE_PERSON_EACH = frozenset({Role.AUTHOR, Role.OPERATOR, Role.PRIVACY_OWNER})


class LackCode(StrEnum):
    """Why a step is refused."""

    NOT_YOUR_MOVE = "NOT_YOUR_MOVE"
    WRONG_STATE = "WRONG_STATE"
    TWO_PERSON_RULE = "TWO_PERSON_RULE"
    OTHER_VERSION = "OTHER_VERSION"
    NOT_QUOTED = "NOT_QUOTED"
    TEXT_REFUSED = "TEXT_REFUSED"
    NOT_THE_NEWEST = "NOT_THE_NEWEST"
    NOT_IN_IMPACT = "NOT_IN_IMPACT"
    REASON_EMPTY = "REASON_EMPTY"
    NOT_CONFIRMED = "NOT_CONFIRMED"
    ANSWER_EMPTY = "ANSWER_EMPTY"
    OPERATOR_MISSING = "OPERATOR_MISSING"
    ADVOCATE_MISSING = "ADVOCATE_MISSING"
    NOT_IN_THE_FUTURE = "NOT_IN_THE_FUTURE"
    ANOTHER_UNDER_WAY = "ANOTHER_UNDER_WAY"
    NOT_YET_EFFECTIVE = "NOT_YET_EFFECTIVE"
    SCREEN_UNVERIFIED = "SCREEN_UNVERIFIED"
    UNREGISTERED_CONSENT_SURFACE = "UNREGISTERED_CONSENT_SURFACE"
    REFUSAL_COSTS = "REFUSAL_COSTS"
    BOARD_NOT_SEARCHED = "BOARD_NOT_SEARCHED"


LACK_TEXTS: Mapping[LackCode, str] = {
    LackCode.NOT_YOUR_MOVE: N_("this step is not yours to take"),
    LackCode.WRONG_STATE: N_("the revision has not come to this step, or is past it"),
    LackCode.TWO_PERSON_RULE: N_(
        "%(person)s acted in this revision as another of author, operator and privacy owner: these are three persons"
    ),
    LackCode.OTHER_VERSION: N_(
        "this revision is of version %(version)s; draft another version as a revision of its own"
    ),
    LackCode.NOT_QUOTED: N_("clause %(clause)s: the words quoted for %(element)s are not in the text: %(quote)s"),
    LackCode.TEXT_REFUSED: N_("the text (%(language)s) may not be published: %(why)s"),
    LackCode.NOT_THE_NEWEST: N_("a version that takes effect no earlier than this one is registered already"),
    LackCode.NOT_IN_IMPACT: N_("no screen %(screen)s is in the impact set"),
    LackCode.REASON_EMPTY: N_("the reason is empty"),
    LackCode.NOT_CONFIRMED: N_("it was not confirmed that the change is reflected as instructed"),
    LackCode.ANSWER_EMPTY: N_("a question is not answered: %(question)s"),
    LackCode.OPERATOR_MISSING: N_("no operator has confirmed that the change is reflected as instructed"),
    LackCode.ADVOCATE_MISSING: N_("the student advocate has not spoken"),
    LackCode.NOT_IN_THE_FUTURE: N_("the day from which the version takes effect is not in the future"),
    LackCode.ANOTHER_UNDER_WAY: N_("revision %(revision)s of the same policy is under way"),
    LackCode.NOT_YET_EFFECTIVE: N_("the version takes effect later; until then the screens show the words before"),
    LackCode.SCREEN_UNVERIFIED: N_("screen %(screen)s (%(language)s): expected %(expected)s, found %(found)s"),
    LackCode.UNREGISTERED_CONSENT_SURFACE: N_("%(address)s collects consent and is no registered screen"),
    LackCode.REFUSAL_COSTS: N_("screen %(screen)s: its function doesn't work for those who refuse"),
    LackCode.BOARD_NOT_SEARCHED: N_("all screens were not looked at in one round since the roll-out began"),
}
"""What each means, in words; ids of messages."""
QUESTION_TEXTS: Mapping[str, str] = {
    "purpose": N_("The purpose of the revision"),
    "scope": N_("The scope to be covered"),
    "content": N_("The content to be covered"),
}
"""The three questions of the privacy owner; ids of messages."""


class RevisionLack(StepLack[LackCode]):
    """One reason why a step of a revision is refused."""

    texts = LACK_TEXTS


class RevisionRefused(StepRefused):
    """A step of a revision is refused, with all that is lacking; the revision stays where it is."""

    code = "REVISION_REFUSED"
    because = N_("this step of the revision is refused:")


@dataclass(frozen=True)
class MissingQuotation:
    """An element whose quotation is not in the text; so it counts as not stated."""

    clause: str
    element: str
    quote: str


@dataclass(frozen=True)
class WorldState:
    """What the world shows at the moment of a step; a step looks at what concerns it."""

    effective_from: datetime
    unquoted: Sequence[MissingQuotation] = ()
    obstacles: Sequence[tuple[str, PublicationRule, str]] = ()
    """Language, rule, and the rule in words: what keeps the text from being published under the law in force."""
    newest_effective_from: datetime | None = None
    """When the newest registered version of the policy takes effect."""
    others_under_way: Sequence[int] = ()
    roll_out: Sequence[RevisionLack] = ()
    """What the last looks at the screens found lacking (see `reviews.revisions.roll_out`)."""


ActWords = Mapping[str, str]
"""What the person who takes a step says: answers, a reason, a screen."""


def lacks(
    revision: Revision, act: Act, by: Actor, said: ActWords, shown: WorldState, now: datetime
) -> tuple[RevisionLack, ...]:
    """All that keeps `by` from taking a step at `now`; nothing where it may be taken."""
    move = MOVES[act]
    if by.role not in move.roles:
        return (RevisionLack(LackCode.NOT_YOUR_MOVE),)
    is_first = revision.state is None and act is Act.DRAFT
    if not is_first and revision.state not in move.begins:
        return (RevisionLack(LackCode.WRONG_STATE),)
    found = _NEEDS[act](revision, said, shown, now) if act in _NEEDS else iter(())
    return (*_second_role(revision, by), *found)


def _second_role(revision: Revision, by: Actor) -> Iterator[RevisionLack]:
    """AC-13: author, operator and privacy owner are three persons, from the first step to the last."""
    if by.role in _ONE_PERSON_EACH and any(
        step.by.role in _ONE_PERSON_EACH - {by.role} and same_person(step.by.person, by.person)
        for step in revision.steps
    ):
        yield RevisionLack(LackCode.TWO_PERSON_RULE, {"person": by.person})


def _modelled(_: Revision, __: ActWords, shown: WorldState, ___: datetime) -> Iterator[RevisionLack]:
    for missed in shown.unquoted:
        yield RevisionLack(
            LackCode.NOT_QUOTED, {"clause": missed.clause, "element": missed.element, "quote": missed.quote}
        )


def _checked(_: Revision, __: ActWords, shown: WorldState, ___: datetime) -> Iterator[RevisionLack]:
    for language, _rule, words in shown.obstacles:
        yield RevisionLack(LackCode.TEXT_REFUSED, {"language": language, "why": words}, frozenset({"why"}))
    yield from _newest(shown)


def _removable(revision: Revision, said: ActWords, _: WorldState, __: datetime) -> Iterator[RevisionLack]:
    screen = said.get("screen", "")
    if screen not in revision.screens:
        yield RevisionLack(LackCode.NOT_IN_IMPACT, {"screen": screen})
    yield from _reasoned(revision, said, _, __)


def _reasoned(_: Revision, said: ActWords, __: WorldState, ___: datetime) -> Iterator[RevisionLack]:
    if not said.get("reason", "").strip():
        yield RevisionLack(LackCode.REASON_EMPTY)


def _confirmed(_: Revision, said: ActWords, __: WorldState, ___: datetime) -> Iterator[RevisionLack]:
    if said.get("reflected") != "yes":
        yield RevisionLack(LackCode.NOT_CONFIRMED)


def _reviewed(revision: Revision, said: ActWords, _: WorldState, __: datetime) -> Iterator[RevisionLack]:
    for question in QUESTIONS:
        if not said.get(question, "").strip():
            yield RevisionLack(LackCode.ANSWER_EMPTY, {"question": QUESTION_TEXTS[question]}, frozenset({"question"}))
    for act, code in ((Act.CONFIRM, LackCode.OPERATOR_MISSING), (Act.ADVISE, LackCode.ADVOCATE_MISSING)):
        if revision.last(act, since=Act.SET_IMPACT) is None:
            yield RevisionLack(code)


def _schedulable(_: Revision, __: ActWords, shown: WorldState, now: datetime) -> Iterator[RevisionLack]:
    if shown.effective_from <= now:
        yield RevisionLack(LackCode.NOT_IN_THE_FUTURE)
    for other in shown.others_under_way:
        yield RevisionLack(LackCode.ANOTHER_UNDER_WAY, {"revision": str(other)})


def _deployable(_: Revision, __: ActWords, shown: WorldState, now: datetime) -> Iterator[RevisionLack]:
    if now < shown.effective_from:
        yield RevisionLack(LackCode.NOT_YET_EFFECTIVE)


def _rolled_out(_: Revision, __: ActWords, shown: WorldState, ___: datetime) -> Iterator[RevisionLack]:
    yield from shown.roll_out
    yield from _newest(shown)


def _newest(shown: WorldState) -> Iterator[RevisionLack]:
    if shown.newest_effective_from is not None and shown.newest_effective_from >= shown.effective_from:
        yield RevisionLack(LackCode.NOT_THE_NEWEST)


_NEEDS: Mapping[Act, Callable[[Revision, ActWords, WorldState, datetime], Iterator[RevisionLack]]] = {
    Act.MODEL: _modelled,
    Act.CHECK: _checked,
    Act.REMOVE_SCREEN: _removable,
    Act.CONFIRM: _confirmed,
    Act.ADVISE: _reasoned,
    Act.REVIEW: _reviewed,
    Act.SCHEDULE: _schedulable,
    Act.DEPLOY: _deployable,
    Act.VERIFY: _rolled_out,
    Act.ACTIVATE: _rolled_out,
    Act.ABANDON: _reasoned,
}
