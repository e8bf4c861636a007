"""What would a change of policies or screens do? The gate is asked before and after, in a transaction never kept.

Policy revision procedure, requirements 5.6 (POL-01, POL-03): whom a change would hold is worked out before it goes
live, by the very rules that will judge afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from kanmon.clients.contract import Client, ServiceTerms
from kanmon.consent.law import PROFILES, LawSubject, law_day
from kanmon.consent.policy import PolicyVersion
from kanmon.core.clock import Clock, day_of
from kanmon.core.errors import UsageError
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, MemberId, MemberNo, RunId, SeasonId
from kanmon.core.language import N_
from kanmon.core.progress import Progress
from kanmon.core.refused import MergeResult, no_rows_refused
from kanmon.core.transaction import Begin
from kanmon.gate.decision import Clearance, Decision, ReasonCode, Use
from kanmon.gate.question import Terms, terms_of
from kanmon.gate.service import Decisions, Gate, GateFacts
from kanmon.intake.loaded import Remark
from kanmon.intake.loading import ServiceFile, StagedTable
from kanmon.pipeline.ports import ApplicantReader, ServiceReader

_PLANNED_AHEAD = timedelta(days=366)
"""How far in the future a planned look at a screen may lie."""
_NO_RUN = RunId("what-if")


@dataclass(frozen=True)
class PlannedChange:
    """What is about to go live: policies and screens with the terms they stand in, and what screens will show."""

    service: ServiceFile | None
    renderings: StagedTable | None
    last_look_at: datetime | None
    """The latest moment in `renderings`."""
    remarks: tuple[Remark, ...]

    def goes_live_at(self, now: datetime, known: Sequence[PolicyVersion]) -> datetime:
        """When all of it is in force: now, or where versions not `known` yet or looks lie ahead, the last of them."""
        policies = self.service.policies if self.service else ()
        moments = [now, *(version.effective_from for version in policies if version not in known)]
        return max([*moments, self.last_look_at] if self.last_look_at else moments)


NOTHING_PLANNED = PlannedChange(None, None, None, ())


class ChangeReader(Protocol):
    """Reads a change from where it was drafted."""

    def read(self, path: Path, latest: datetime, progress: Progress) -> PlannedChange:
        """The change in a folder, or in its `service.yaml` or `renderings` alone; looks after `latest` are refused.

        `FolderUnreadable` where there is neither, `ServiceInvalid` where it is wrong.
        """

    def clear(self) -> None:
        """Delete what `read` staged."""


class ChangeLoad(Protocol):
    """Puts a change in force as loading does."""

    def put_service(self, service: ServiceFile, loaded_at: datetime) -> None:
        """Put terms, policies and screens in force."""

    def merge(self, dataset: str, staged: Path) -> MergeResult:
        """Merge one staged table of the control plane."""


class WhatIf(Protocol):
    """What can be read and tried in a transaction that is never kept."""

    service: ServiceReader
    facts: GateFacts
    applicants: ApplicantReader
    change: ChangeLoad


@dataclass(frozen=True)
class Tally:
    """The gate's answers to one question, counted; one applicant may count under several reasons."""

    allowed: int
    held: int
    counts: Mapping[ReasonCode, int]


@dataclass(frozen=True)
class ChangedAnswer:
    """An applicant whom the gate answers otherwise with the change, and why it held or will hold."""

    applicant_id: ApplicantId
    member_id: MemberId | None
    """None where the row brings a browser and no person (scheme A)."""
    reasons: tuple[ReasonCode, ...]
    elements: tuple[str, ...]
    """What the closest clause lacks (E01 to E25)."""


@dataclass(frozen=True)
class ClientImpact:
    """What a change does to one client's applicants, for one use."""

    client: Client
    season: SeasonId
    use: Use
    before: Tally
    after: Tally
    newly_held: tuple[ChangedAnswer, ...]
    """Allowed before; with the reasons that would hold them."""
    newly_let_through: tuple[ChangedAnswer, ...]
    """Held before; with the reasons that held them."""
    unchanged: int
    """Applicants with the same answer, whatever its reasons."""


@dataclass(frozen=True)
class Impact:
    """What a change does, for each client and use; `asked_at` is the moment of both questions, in UTC."""

    asked_at: datetime
    clients: tuple[ClientImpact, ...]
    remarks: tuple[Remark, ...]
    file_name: str | None
    """The file of the looks at screens, where there is one."""
    refused: pa.Table
    """Its rows that were refused."""
    law_profile_id: str
    law_on: date
    """The day whose law the change was played under."""
    still_open: tuple[LawSubject, ...]
    """What that law leaves to rules that are not out: no use may rest on it."""

    @property
    def newly_held(self) -> tuple[ChangedAnswer, ...]:
        """All whom the change holds; a person once for each client and use."""
        return tuple(person for one in self.clients for person in one.newly_held)

    @property
    def newly_let_through(self) -> tuple[ChangedAnswer, ...]:
        """All whom the change lets through; a person once for each client and use."""
        return tuple(person for one in self.clients for person in one.newly_let_through)


class PolicyImpact:
    """Asks the gate about a change that nobody has loaded, and records nothing."""

    def __init__(self, begin: Begin[WhatIf], reader: ChangeReader, clock: Clock, progress: Progress) -> None:
        self._begin = begin
        self._reader = reader
        self._clock = clock
        self._progress = progress

    def find(
        self,
        path: Path | None,
        clients: Sequence[ClientId],
        season: SeasonId | None,
        uses: Sequence[Use],
        asked_at: datetime | None,
        law_on: date | None = None,
    ) -> Impact:
        """Whom the change in `path` would hold or let through, asked at one moment (None: when it goes live).

        With the change, the law is that of `law_on` (None: of today): a coming law played over today's data. Without a
        path nothing else changes.

        Without `clients` and `season`, all clients whose season is open then; `UsageError` where there is none.
        Whether a score is older than an agreement is left out: whoever is let through would be scored anew.
        """
        now = self._clock.now()
        try:
            latest = max(now, asked_at or now) + _PLANNED_AHEAD
            change = NOTHING_PLANNED if path is None else self._reader.read(path, latest, self._progress)
            return self.of(change, clients, season, uses, asked_at, law_on)
        finally:
            self._reader.clear()

    def of(
        self,
        change: PlannedChange,
        clients: Sequence[ClientId],
        season: SeasonId | None,
        uses: Sequence[Use],
        asked_at: datetime | None,
        law_on: date | None = None,
    ) -> Impact:
        """As `find`, for a change that was read already."""
        now, today = self._clock.now(), law_day(self._clock)
        with self._begin() as what_if:
            known = list(what_if.service.policy_versions())
            asked_at = (asked_at or change.goes_live_at(now, known)).astimezone(UTC)
            terms = what_if.service.terms()
            asked = _asked(terms, clients, season, asked_at)
            questions = [(client.client_id, use) for client in asked for use in uses]
            before = self._ask(what_if, terms, questions, asked_at, today, N_("ask the gate before the change"))
            refused = _load(what_if, change, now)
            terms = what_if.service.terms()
            after = self._ask(what_if, terms, questions, asked_at, law_on or today, N_("ask the gate with the change"))
            found = tuple(_compared(what_if, *answers) for answers in zip(before, after, strict=True))
        file_name = change.renderings.file_name if change.renderings else None
        played = law_on or day_of(asked_at)
        profile = PROFILES[terms.law_profile_id]
        still_open = tuple(subject for subject in LawSubject if profile.leaves_open(subject, played))
        return Impact(asked_at, found, change.remarks, file_name, refused, profile.profile_id, played, still_open)

    def _ask(
        self,
        what_if: WhatIf,
        service: ServiceTerms,
        questions: Sequence[tuple[ClientId, Use]],
        asked_at: datetime,
        law_on: date | None,
        step: str,
    ) -> list[Decisions]:
        gate = Gate(what_if.facts, DiscardedRecord())
        answers = []
        with self._progress.step(step, len(questions)) as under_way:
            for client, use in questions:
                terms = terms_of(service, service.clients[client], use, asked_at, law_on=law_on)
                answers.append(gate.ask(terms, _NO_RUN))
                under_way.advance()
        return answers


class DiscardedRecord:
    """Keeps no answer: nobody asked for a use, so nothing was allowed or refused."""

    def record_decisions(self, run_id: RunId, terms: Terms, decisions: Sequence[Decision]) -> None:
        """Keep nothing."""


def _asked(
    service: ServiceTerms, clients: Sequence[ClientId], season: SeasonId | None, asked_at: datetime
) -> list[Client]:
    chosen = service.chosen(clients, season)
    if clients or season is not None:
        return chosen
    in_season = [client for client in chosen if is_open(service, client, asked_at)]
    if not in_season:
        raise UsageError(
            N_("no client's season is open at %(at)s; name one with --season, or another moment with --when"),
            at=asked_at.isoformat(),
        )
    return in_season


def is_open(service: ServiceTerms, client: Client, asked_at: datetime) -> bool:
    """Whether the season that a client's contract scores is open at a moment."""
    season = service.seasons.get(client.contract.scores)
    return season is not None and season.opens_at <= asked_at < season.closes_at


def _load(what_if: WhatIf, change: PlannedChange, now: datetime) -> pa.Table:
    """Put the change in force within the transaction, and the rows that were refused."""
    if change.service is not None:
        what_if.change.put_service(change.service, now)
    if change.renderings is None or change.renderings.path is None:
        return no_rows_refused()
    merged = what_if.change.merge("renderings", change.renderings.path)
    return pa.concat_tables([change.renderings.refused, merged.refused])


def _compared(what_if: WhatIf, before: Decisions, after: Decisions) -> ClientImpact:
    was, will = ({decision.applicant_no: decision for decision in side.decisions} for side in (before, after))
    held = _cleared_by_one(before, will)
    let_through = _cleared_by_one(after, was)
    members = what_if.applicants.member_ids(
        [clearance.member_no for clearance, _ in (*held, *let_through) if clearance.member_no is not None]
    )
    client, use = after.terms.client, after.terms.use
    return ClientImpact(
        client,
        client.contract.trains_on if use is Use.TRAIN else client.contract.scores,
        use,
        _tally(before),
        _tally(after),
        tuple(_affected(clearance, denied, members) for clearance, denied in held),
        tuple(_affected(clearance, denied, members) for clearance, denied in let_through),
        len(was.keys() | will.keys()) - len(held) - len(let_through),
    )


def _cleared_by_one(
    answers: Decisions, others: Mapping[ApplicantNo, Decision]
) -> list[tuple[Clearance, Decision | None]]:
    """Whom one side clears and the other doesn't, with the other's answer; None where it wasn't asked about them."""
    pairs = [(clearance, others.get(clearance.applicant_no)) for clearance in answers.clearances]
    return [(clearance, other) for clearance, other in pairs if other is None or not other.is_allowed]


def _affected(clearance: Clearance, denied: Decision | None, members: Mapping[MemberNo, MemberId]) -> ChangedAnswer:
    reasons = denied.reasons if denied is not None else ()
    return ChangedAnswer(
        clearance.applicant_id,
        None if clearance.member_no is None else members[clearance.member_no],
        tuple(reason.code for reason in reasons),
        tuple(sorted({element for reason in reasons if reason.is_of_words for element in reason.elements})),
    )


def _tally(decisions: Decisions) -> Tally:
    allowed = len(decisions.clearances)
    return Tally(allowed, len(decisions.decisions) - allowed, decisions.counts())
