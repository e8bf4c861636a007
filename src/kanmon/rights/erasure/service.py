"""Erase a person: at once for whatever would use the data, then store by store, each step noted (APPI-19, GDPR-17).

It begins with a withdrawal and a block in one transaction: from its end nothing is computed or provided about the
person. What follows needs the workspace for itself, can be cut off anywhere, and goes on where it was. Records of
provision stay, locked, as long as the law wants them kept (Art. 29, Enforcement Rules 21; APPI-09), and with each the
consent that it rests on. `docs/erasure.md` names every store.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from hashlib import sha256

from kanmon.clients.contract import ServiceTerms
from kanmon.core.clock import TOKYO, Clock, day_of
from kanmon.core.ids import EvidenceId, MemberId
from kanmon.core.transaction import Begin
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger
from kanmon.provision.record import RETENTION_YEARS
from kanmon.rights.answer.stub import answer_lines, part_at_erasure, seasons_of
from kanmon.rights.answer.told import view_of
from kanmon.rights.erasure.model import (
    Compaction,
    Erasure,
    ErasureFiles,
    ErasureLake,
    ErasureReport,
    ErasureStep,
    ErasureStore,
    LockedRecord,
)
from kanmon.rights.recall.service import due_after
from kanmon.rights.withdrawal.service import Withdrawals

RETAINED_BY = "APPI 29, Enforcement Rules 21"
_BECAUSE = "a person asked for erasure (APPI 35)"
_BECAUSE_DUE = "the retention of records of provision has ended (Enforcement Rules 21)"


class Erasures:
    """Erases people. `request` needs the database alone; all else needs the workspace for itself."""

    def __init__(
        self,
        begin: Begin[tuple[ServiceTerms, ErasureStore, Ledger]],
        lake: ErasureLake,
        files: ErasureFiles,
        compaction: Compaction,
        clock: Clock,
    ) -> None:
        self._begin = begin
        self._lake = lake
        self._files = files
        self._compaction = compaction
        self._clock = clock

    def request(self, member: MemberId, code: str) -> str | None:
        """Withdraw for the member and block every use, acknowledged when this returns; asked again, the same one.

        `code` belongs to the member alone, and nobody can tell it from the ID. Returns a check code, told here and
        never again; None once the records are gone. `UsageError` for an unknown member.
        """
        known_by = hashed(code)
        with self._begin() as (terms, store, ledger):
            at = store.hold() if not self._clock.is_replay else self._clock.now()
            clients = list(terms.clients.values())
            found = store.find(known_by)
            if found is not None and ErasureStep.RECORDS in found.done:
                return None
            view = view_of(store, member, clients)
            if found is None:
                Withdrawals(store, ledger, self._clock).withdraw(member, None, clients, asks_recipients=False)
                person = person_of(code, member)
                (seq,) = ledger.append([self._entry(EntryType.ERASURE_REQUEST, person, at)])
                number = store.begin(member, known_by, person, self._clock, seq)
                store.gather(number)
                store.ask_recipients(number, at, due_after(at))
                ledger.sign(self._clock.real())
            return part_at_erasure(store.stubs, view, seasons_of(clients), at)

    def finish(self, *, compacts: bool = True) -> None:
        """Do what is left to do of every erasure; where not `compacts`, all but writing the tables anew."""
        with self._begin() as (_, store, _):
            waiting = [erasure for erasure in store.all() if not erasure.is_done]
        deeds = {
            ErasureStep.REFUSED_ROWS: self._forget_refused_rows,
            ErasureStep.RECEIVED_EVENTS: self._forget_received_events,
            ErasureStep.LAKE: self._erase_from_lake,
            ErasureStep.RECORDS: self._erase_records,
        }
        for erasure in waiting:
            for step, deed in deeds.items():
                if step not in erasure.done:
                    deed(erasure)
        self.render_reports()
        self._mark(waiting, ErasureStep.REPORTS)
        if compacts and waiting:
            self._compaction.compact()
            self._mark(waiting, ErasureStep.COMPACTION)

    def make_unreadable(self) -> None:
        """Let nobody open what erased people's and withdrawn people's recipients were asked to erase (AC-17).

        It needs the workspace for itself no more than `request` does.
        """
        with self._begin() as (_, store, _):
            for client, run, applicants in store.waiting_rows():
                self._files.make_unreadable(client, run, applicants)

    def has_reports_to_render(self) -> bool:
        """Whether files of reports still show what they are to show no more."""
        with self._begin() as (_, store, _):
            return bool(store.to_render())

    def render_reports(self) -> None:
        """Put reports without those people in place of those that lie there."""
        self.make_unreadable()
        with self._begin() as (_, store, _):
            waiting = store.to_render()
        for client, provision in waiting:
            with self._begin() as (_, store, _):
                report, was_handed_over = store.rendering(client, provision)
                self._files.render_again(report, was_handed_over=was_handed_over)

    def erase_due(self) -> int:
        """Erase what had to be kept until before today; of how many people."""
        now = self._clock.now()
        today = day_of(now)
        last_day = today.replace(year=today.year - RETENTION_YEARS, day=min(today.day, 28))
        reports_until = datetime.combine(last_day, time(), TOKYO)
        with self._begin() as (_, store, _):
            erasures = [erasure for erasure in store.all() if ErasureStep.RECORDS in erasure.done]
        count = 0
        for erasure in erasures:
            with self._begin() as (_, store, ledger):
                store.hold()
                before = self._locked_seqs(store, erasure)
                if not store.erase_due(erasure.erasure_no, today, reports_until):
                    continue
                left = self._locked_seqs(store, erasure)
                store.erase(erasure.erasure_no, _evidence(store.locked(erasure.erasure_no)))
                if before - left:
                    ledger.erase(sorted(before - left), now, _BECAUSE_DUE)
                    ledger.sign(self._clock.real())
                for step in (ErasureStep.REPORTS, ErasureStep.COMPACTION):
                    store.reopen(erasure.erasure_no, step)
            count += 1
        return count

    def forget_strangers(self, code_of: Callable[[MemberId], str]) -> None:
        """Forget events and answers that came in late for people who were erased."""
        with self._begin() as (_, store, _):
            for member in store.waiting_strangers():
                code = code_of(member)
                if (found := store.find(hashed(code))) is not None:
                    store.forget_received(member, ())
                    store.forget_answers(member, code)
                    store.reopen(found.erasure_no, ErasureStep.COMPACTION)

    def told(self, code: str) -> ErasureReport | None:
        """What the person with that code is told; None where there is none."""
        with self._begin() as (_, store, _):
            found = store.find(hashed(code))
            if found is None:
                return None
            done = found.done.get(ErasureStep.RECORDS)
            return ErasureReport(
                found.requested_at,
                done is not None and ErasureStep.REPORTS in found.done,
                store.locked(found.erasure_no),
                store.asked(found.erasure_no),
                found.ledger_seq if done is None else done,
            )

    def today(self) -> date:
        """The day acted on, in Japan."""
        return day_of(self._clock.now())

    def _forget_refused_rows(self, erasure: Erasure) -> None:
        with self._begin() as (_, store, _):
            known_by = store.identifiers(erasure.erasure_no)
        browsers = self._lake.browsers(erasure.member_no)
        self._files.forget_values({*known_by, *(frozenset({browser}) for browser in browsers)})
        self._mark([erasure], ErasureStep.REFUSED_ROWS)

    def _forget_received_events(self, erasure: Erasure) -> None:
        browsers = self._lake.browsers(erasure.member_no)
        with self._begin() as (_, store, _):
            store.forget_received(store.member_id(erasure.member_no), browsers)
            store.mark(erasure.erasure_no, ErasureStep.RECEIVED_EVENTS, self._clock.real())

    def _erase_from_lake(self, erasure: Erasure) -> None:
        self._lake.erase(erasure.member_no)
        self._mark([erasure], ErasureStep.LAKE)

    def _erase_records(self, erasure: Erasure) -> None:
        now = self._clock.now()
        with self._begin() as (terms, store, ledger):
            store.hold()
            store.gather(erasure.erasure_no)  # a run that was under way may have linked one more
            asked = store.ask_recipients(erasure.erasure_no, now, due_after(now))
            locked = store.locked(erasure.erasure_no)
            kept_seqs = self._locked_seqs(store, erasure)
            member = store.member_id(erasure.member_no)
            clients = list(terms.clients.values())
            answer = answer_lines(view_of(store, member, clients), seasons_of(clients))
            store.stubs.part_stubs(member, answer)  # codes that were issued since the request
            store.erase(erasure.erasure_no, _evidence(locked))
            ledger.hold()
            seqs = [seq for seq in store.naming(member) if seq not in kept_seqs]
            said = {
                "request_seq": erasure.ledger_seq,
                "erased": len(seqs),
                "locked": [
                    {"client_id": one.client_id, "retain_until": one.retain_until.isoformat(), "by": RETAINED_BY}
                    for one in locked
                ],
                "asked_to_erase": sorted({*asked, *(one.client_id for one in store.asked(erasure.erasure_no))}),
            }
            ledger.erase(seqs, now, _BECAUSE)
            (seq,) = ledger.append([self._entry(EntryType.ERASURE_DONE, erasure.person_sha256, now, said)])
            store.mark(erasure.erasure_no, ErasureStep.RECORDS, self._clock.real(), seq)
            ledger.sign(self._clock.real())

    def _locked_seqs(self, store: ErasureStore, erasure: Erasure) -> frozenset[int]:
        locked = store.locked(erasure.erasure_no)
        records = [one.ledger_seq for one in locked if one.ledger_seq is not None]
        return frozenset([*records, *store.consent_seqs(_evidence(locked))])

    def _mark(self, erasures: Sequence[Erasure], step: ErasureStep) -> None:
        with self._begin() as (_, store, _):
            for erasure in erasures:
                store.mark(erasure.erasure_no, step, self._clock.real())

    def _entry(
        self, kind: EntryType, person: bytes, at: datetime, said: Mapping[str, object] | None = None
    ) -> NewEntry:
        real_at = instant(self._clock.real()) if self._clock.is_replay else None
        return NewEntry(
            kind, at, {"person_sha256": person.hex(), "at": instant(at), "real_at": real_at, **(said or {})}
        )


def hashed(code: str) -> bytes:
    """How a code is kept here."""
    return sha256(code.encode()).digest()


def person_of(code: str, member: MemberId) -> bytes:
    """What stands in the ledger for a person: who has the code and the ID can show that it is this one."""
    return sha256(f"{code}|{member}".encode()).digest()


def _evidence(locked: Sequence[LockedRecord]) -> frozenset[EvidenceId]:
    return frozenset(one.evidence_id for one in locked if one.evidence_id is not None)
