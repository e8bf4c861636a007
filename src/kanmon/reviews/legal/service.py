"""What legal considered, for everybody in the house to read, and not one lawyer's own (S21; measure 4).

An assessment stands beside what it judges. One that is thought over again gets another version; the ones before stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kanmon.access.account import Account, Role
from kanmon.core.clock import Clock
from kanmon.core.errors import NotFound, RuleRefused, UsageError
from kanmon.core.language import N_
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger


class AssessmentKind(StrEnum):
    """What can be judged."""

    RELEASE = "release"
    REVISION = "revision"
    POLICY = "policy"
    CONTRACT = "contract"
    FEATURE = "feature"
    INCIDENT = "incident"


KIND_TEXTS = {
    AssessmentKind.RELEASE: N_("Release"),
    AssessmentKind.REVISION: N_("Revision of a policy"),
    AssessmentKind.POLICY: N_("Policy version"),
    AssessmentKind.CONTRACT: N_("Contract of a client"),
    AssessmentKind.FEATURE: N_("Feature"),
    AssessmentKind.INCIDENT: N_("Incident"),
}
"""What they are called; ids of messages."""


@dataclass(frozen=True)
class AssessmentSubject:
    """What an assessment judges: a release by its id, a revision by its number, a policy version as `policy/version`,
    a contract by its client, a feature or an incident by its name.
    """

    kind: AssessmentKind
    name: str


@dataclass(frozen=True)
class LegalOpinion:
    """What legal has to say."""

    judged: AssessmentSubject
    question: str
    analysis: str
    conclusion: str
    sources: str
    party: str = ""
    """For which company of the group it is judged, by its registered name; empty: for the platform itself."""


@dataclass(frozen=True)
class LegalAssessment:
    """One version of an assessment as it was recorded; instants in UTC."""

    assessment_no: int
    version_no: int
    """From 1; the highest is in force, those before it are superseded."""
    considered: LegalOpinion
    person: str
    at: datetime
    real_at: datetime
    ledger_seq: int


class LegalRefused(RuleRefused):
    """Only legal assesses, and says all of it."""

    code = "LEGAL_REFUSED"
    http_status = 409


class LegalRecords(Protocol):
    """Where assessments are read."""

    def assessments(self) -> Sequence[LegalAssessment]:
        """Every version of every assessment, the one recorded last first."""


class LegalStore(LegalRecords, Protocol):
    """Where assessments are kept; one transaction."""

    def hold_assessments(self) -> None:
        """Let nobody else record one until this transaction ends."""

    def is_known(self, judged: AssessmentSubject) -> bool:
        """Whether what is judged is there; of features and incidents only their names are known."""

    def is_party(self, party: str) -> bool:
        """Whether a company of the group is named so in the terms in force."""

    def add_assessment(self, assessment: LegalAssessment, account: Account) -> None:
        """Record a version for good."""


class Legal:
    """Records assessments within the caller's transaction."""

    def __init__(self, store: LegalStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock

    def assess(self, by: Account, said: LegalOpinion, supersedes: int | None = None) -> LegalAssessment:
        """Record an assessment, or the next version of one.

        `LegalRefused` where it isn't legal who assesses or a part is empty, `UsageError` for a thing nobody knows.
        """
        if by.role is not Role.LEGAL:
            raise LegalRefused(N_("only legal records a legal assessment"))
        if not all((said.judged.name, said.question, said.analysis, said.conclusion, said.sources)):
            raise LegalRefused(N_("say what is judged, the question, the analysis, the conclusion and the sources"))
        self._store.hold_assessments()
        if not self._store.is_known(said.judged):
            raise UsageError(N_("there is no %(name)s of that kind to assess"), name=said.judged.name)
        kept = self._store.assessments()
        if supersedes is None:
            number, version = max((one.assessment_no for one in kept), default=0) + 1, 1
        else:
            before = versions_of(kept, supersedes)[0]
            number, version = supersedes, before.version_no + 1
            said = replace(said, party=before.considered.party)
        if said.party and not self._store.is_party(said.party):
            raise UsageError(N_("service.yaml names no company %(name)s in the platform's group"), name=said.party)
        now, real_at = self._clock.now(), self._clock.real()
        payload: dict[str, object] = {
            "assessment_no": number,
            "version_no": version,
            "kind": said.judged.kind.value,
            "judged": said.judged.name,
            "question": said.question,
            "analysis": said.analysis,
            "conclusion": said.conclusion,
            "sources": said.sources,
            "party": said.party,
            "person": by.person,
            "real_at": instant(real_at) if self._clock.is_replay else None,
        }
        (seq,) = self._ledger.append([NewEntry(EntryType.LEGAL_ASSESSMENT, now, payload)])
        made = LegalAssessment(number, version, said, by.person, now, real_at, seq)
        self._store.add_assessment(made, by)
        self._ledger.sign(real_at)
        return made


def versions_of(assessments: Sequence[LegalAssessment], number: int) -> list[LegalAssessment]:
    """All versions of an assessment, the newest first; `NotFound` where there is none of that number."""
    found = [one for one in assessments if one.assessment_no == number]
    if not found:
        raise NotFound(N_("there is no legal assessment %(number)s"), number=number)
    return sorted(found, key=lambda one: -one.version_no)


def in_force(
    assessments: Sequence[LegalAssessment], words: str = "", judged: Sequence[AssessmentSubject] = ()
) -> list[LegalAssessment]:
    """The newest version of each that holds all these words somewhere, of these things (of any, where none is named).

    In the order given; case makes no difference.
    """
    newest: dict[int, int] = {}
    for one in assessments:
        newest[one.assessment_no] = max(one.version_no, newest.get(one.assessment_no, 0))
    return [
        one
        for one in assessments
        if one.version_no == newest[one.assessment_no]
        and (not judged or one.considered.judged in judged)
        and all(word in _text(one) for word in words.casefold().split())
    ]


def _text(one: LegalAssessment) -> str:
    said = one.considered
    parts = (
        said.judged.kind, said.judged.name, said.question, said.analysis, said.conclusion, said.sources, said.party,
        one.person,
    )  # fmt: skip
    return "\n".join(parts).casefold()
