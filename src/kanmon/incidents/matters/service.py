"""Matters of an authority as they are recorded, step by step, each in the ledger."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import PurePath

from kanmon.core.clock import Clock, day_of
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.ids import IncidentId, MatterId
from kanmon.core.language import N_
from kanmon.incidents.matters.model import (
    MOST_BYTES,
    Matter,
    MatterEnded,
    MatterNotice,
    MatterStep,
    MatterStore,
    MatterUnanswered,
    Paper,
    StepKind,
)
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger


class MatterLog:
    """Records matters within the caller's transaction; `by` is a person of the house, `reason` says why."""

    def __init__(self, store: MatterStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock

    def open(self, notice: MatterNotice, by: str, reason: str) -> Matter:
        """Record what came; `UsageError` where something is left out, or a day can't be."""
        if not notice.authority.strip() or not notice.title.strip():
            raise UsageError(N_("name the authority, and say what it is about"))
        self._check_past(notice.received_on)
        if notice.due_on is not None and notice.due_on < notice.received_on:
            raise UsageError(N_("the last day for the answer comes before the day on which it was asked for"))
        self._check_said(reason)
        self._store.hold()
        now, number = self._clock.now(), self._next(notice.received_on)
        payload = {
            "kind": notice.kind.value,
            "authority": notice.authority,
            "title": notice.title,
            "received_on": notice.received_on.isoformat(),
            "due_on": None if notice.due_on is None else notice.due_on.isoformat(),
            "reference": notice.reference,
            "by": by,
            "reason": reason.strip(),
        }
        real_at, seq = self._enter(EntryType.MATTER, now, number, payload)
        matter = Matter(number, notice, now, real_at, by, reason.strip(), seq)
        self._store.open(matter)
        return matter

    def add_paper(self, number: MatterId, paper: Paper, by: str, reason: str) -> Matter:
        """Keep a paper, with its hash in the ledger; `UsageError` for one that is empty or too large."""
        return self._add(number, StepKind.PAPER, _paper_facts(paper), by, reason, paper.content)

    def set_deadline(self, number: MatterId, due_on: date, by: str, reason: str) -> Matter:
        """Set another last day for the answer, as the authority named it; what was answered before counts no longer."""
        matter = self.standing(number)
        if due_on < matter.notice.received_on:
            raise UsageError(N_("the last day for the answer comes before the day on which it was asked for"))
        return self._add(number, StepKind.DEADLINE, {"due_on": due_on.isoformat()}, by, reason)

    def link_incident(self, number: MatterId, incident: IncidentId, by: str, reason: str) -> Matter:
        """Say which incident it is about; `NotFound` where there is none."""
        if not self._store.is_incident(incident):
            raise NotFound(N_("no incident %(incident)s is known"), incident=incident)
        if incident in self.standing(number).incident_ids:
            raise UsageError(N_("%(name)s is linked already"), name=incident)
        return self._add(number, StepKind.INCIDENT, {"incident_id": incident}, by, reason)

    def link_measure(self, number: MatterId, entry: int, by: str, reason: str) -> Matter:
        """Say what was done about it, by the deed's entry in the ledger; `NotFound` where there is none."""
        kind = self._store.entry_type(entry)
        if kind is None:
            raise NotFound(N_("the ledger has no entry %(seq)s"), seq=entry)
        if entry in self.standing(number).measures:
            raise UsageError(N_("%(name)s is linked already"), name=entry)
        return self._add(number, StepKind.MEASURE, {"entry": entry, "entry_type": kind}, by, reason)

    def answer(self, number: MatterId, answered_on: date | None, paper: Paper | None, by: str, reason: str) -> Matter:
        """Record our answer, with the paper that was sent; `answered_on` None: today."""
        matter, today = self.standing(number), day_of(self._clock.now())
        answered_on = today if answered_on is None else answered_on
        self._check_past(answered_on)
        if answered_on < matter.notice.received_on:
            raise UsageError(N_("nobody answers before being asked: it came on %(day)s"), day=matter.notice.received_on)
        body: dict[str, object] = {"answered_on": answered_on.isoformat()}
        if paper is None:
            return self._add(number, StepKind.ANSWER, body, by, reason)
        return self._add(number, StepKind.ANSWER, body | _paper_facts(paper), by, reason, paper.content)

    def close(self, number: MatterId, by: str, reason: str) -> Matter:
        """End it; `MatterUnanswered` where an answer is wanted and none was given."""
        matter = self.standing(number)
        is_wanted = matter.notice.kind.wants_answer or matter.due_on is not None
        if is_wanted and matter.answered_on is None:
            raise MatterUnanswered(N_("%(matter)s can't be closed: it is not answered"), matter=number)
        return self._add(number, StepKind.CLOSED, {}, by, reason)

    def standing(self, number: MatterId) -> Matter:
        """A matter that is not closed; nobody else records anything until this transaction ends."""
        self._store.hold()
        matter = self._store.matter(number)
        if matter is None:
            raise NotFound(N_("no matter %(matter)s is known"), matter=number)
        if matter.closed_at is not None:
            raise MatterEnded(N_("%(matter)s was closed"), matter=number)
        return matter

    def _add(
        self,
        number: MatterId,
        kind: StepKind,
        body: Mapping[str, object],
        by: str,
        reason: str,
        content: bytes | None = None,
    ) -> Matter:
        self._check_said(reason)
        matter, now = self.standing(number), self._clock.now()
        payload = {"kind": kind.value, "body": body, "by": by, "reason": reason.strip()}
        real_at, seq = self._enter(EntryType.MATTER_STEP, now, number, payload)
        step = MatterStep(len(matter.steps) + 1, kind, now, real_at, by, reason.strip(), body, seq)
        self._store.add(number, step, content)
        kept = self._store.matter(number)
        assert kept is not None
        return kept

    def _enter(
        self, kind: EntryType, at: datetime, number: MatterId, payload: Mapping[str, object]
    ) -> tuple[datetime, int]:
        real_at = self._clock.real()
        real = instant(real_at) if self._clock.is_replay else None
        (seq,) = self._ledger.append([NewEntry(kind, at, {"matter_id": number, **payload, "real_at": real})])
        self._ledger.sign(real_at)
        return real_at, seq

    def _next(self, received_on: date) -> MatterId:
        year = f"M-{received_on.year:04}-"
        before = [matter for matter in self._store.matters() if matter.matter_id.startswith(year)]
        return MatterId(f"{year}{len(before) + 1:03}")

    def _check_past(self, day: date) -> None:
        if day > day_of(self._clock.now()):
            raise UsageError(N_("%(day)s is still to come"), day=day.isoformat())

    def _check_said(self, reason: str) -> None:
        if not reason.strip():
            raise UsageError(N_("say why it is done"))


def _paper_facts(paper: Paper) -> dict[str, object]:
    name = PurePath(paper.name.replace("\\", "/")).name
    if not name or not paper.content:
        raise UsageError(N_("the paper is empty, or has no name"))
    if len(paper.content) > MOST_BYTES:
        raise UsageError(N_("a paper of more than %(most)s bytes is not taken"), most=f"{MOST_BYTES:,}")
    return {"name": name, "sha256": hashlib.sha256(paper.content).hexdigest(), "bytes": len(paper.content)}
