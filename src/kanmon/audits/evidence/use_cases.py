"""Packs of evidence over an open application."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from kanmon.application.application import Application
from kanmon.application.function_use import function_use
from kanmon.application.unit_of_work import Snapshot
from kanmon.audits.evidence.files import evidence_page, figure_files
from kanmon.audits.evidence.service import pack_facts, paper_file
from kanmon.audits.evidence.store import EvidenceRecords
from kanmon.audits.gap.model import Gap, GapRule
from kanmon.audits.gap.service import GapAudit
from kanmon.audits.gap.store import AuditStore
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.ids import IncidentId, MatterId, MemberId
from kanmon.core.language import N_
from kanmon.incidents.matters.model import Matter
from kanmon.incidents.model import Incident, IncidentClass
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import Entry, EntryType, NewEntry, Secret, instant
from kanmon.ledger.pack import evidence_files, manifest_of, write_pack
from kanmon.ledger.service import last_signed, receipt_of
from kanmon.rights.erasure.service import hashed


@dataclass(frozen=True)
class EvidenceExport:
    """A pack as it was made."""

    content: bytes
    seqs: Sequence[int]
    ledger_seq: int
    """Of the entry that commits to its manifest."""


@dataclass(frozen=True)
class EvidenceService:
    """Evidence of a workspace, to be handed to an authority."""

    application: Application

    def of_member(self, member: MemberId) -> EvidenceExport:
        """Everything that the ledger holds about a member, erased or not; `NotFound` where that is nothing."""
        code = self.application.erasure_key.code_of(member)
        with self.application.transactions.read() as work:
            records = EvidenceRecords(work.session)
            seqs = records.of_member(member, hashed(code))
            if not seqs:
                raise NotFound(N_("the ledger holds nothing about member %(member)s"), member=member)
            made = self._files(records, {"member_id": member}, seqs)
        return self._committed(*made)

    def of_incident(self, number: IncidentId) -> EvidenceExport:
        """An incident, with everything about whom it affects; `NotFound` where there is none."""
        with self.application.transactions.read() as work:
            records = EvidenceRecords(work.session)
            incident = records.incidents.incident(number)
            if incident is None:
                raise NotFound(N_("no incident %(incident)s is known"), incident=number)
            matters, seqs = records.matters.about(number), records.of_incident(number)
            made = self._files(records, {"incident_id": number}, seqs, incident, matters, self._gap(work, incident))
        return self._committed(*made, number)

    def _gap(self, work: Snapshot, incident: Incident) -> Gap | None:
        """What the strict rule finds in the incident's time, of its client where it names one; None of a leak."""
        if incident.kind is not IncidentClass.UNCOVERED:
            return None
        scope, application = incident.scope, self.application
        audit = GapAudit(AuditStore(work.session), function_use(application.lake))
        is_real = not application.workspace.is_replay
        until = scope.until or application.clock.now()
        try:
            return audit.find(
                scope.season, scope.since, until, GapRule.STRICT, client=scope.client_id, only_provided=is_real
            )
        except UsageError:
            return None

    def of_matter(self, number: MatterId) -> EvidenceExport:
        """A matter of an authority with its papers, incidents and measures; `NotFound` where there is none."""
        with self.application.transactions.read() as work:
            records = EvidenceRecords(work.session)
            matter = records.matters.matter(number)
            if matter is None:
                raise NotFound(N_("no matter %(matter)s is known"), matter=number)
            made = self._files(records, {"matter_id": number}, records.of_matter(matter), matters=[matter])
        return self._committed(*made)

    def _files(
        self,
        records: EvidenceRecords,
        about: Mapping[str, str],
        seqs: Sequence[int],
        incident: Incident | None = None,
        matters: Sequence[Matter] = (),
        gap: Gap | None = None,
    ) -> tuple[dict[str, bytes], list[int]]:
        key = self.application.ledger_key.verifier
        last_signed(records, key)
        entries: list[tuple[Entry, Secret | None]] = list(records.named(seqs))
        files, held = evidence_files(records, entries, records.packs(), key)
        proven = frozenset(held)
        told = [(entry, secret) for entry, secret in entries if entry.seq in proven]
        parties = {"group": records.group(), "judged": [_plain_row(row) for row in records.judged()]}
        facts = pack_facts(about, told, incident, matters, self.application.clock.now(), parties)
        files |= {
            "pack.json": canonical({**facts, **({} if gap is None else {"benefit": gap.benefit.facts})}),
            "policies.json": _json(records.policies()),
            "renderings.json": _json(records.renderings()),
            "index.html": evidence_page(facts, gap).encode(),
            **figure_files(gap),
        }
        for matter in matters:
            for step in matter.papers:
                content = records.matters.content(matter.matter_id, step.step_no)
                assert content is not None
                files[paper_file(matter.matter_id, step.step_no)] = content
        return files, held

    def _committed(
        self, files: dict[str, bytes], seqs: list[int], incident: IncidentId | None = None
    ) -> EvidenceExport:
        """The pack, once an entry of the ledger commits to its manifest."""
        application, key = self.application, self.application.ledger_key.verifier
        manifest = manifest_of(files, seqs)
        said = {"manifest_sha256": sha256(manifest).hexdigest(), "entries": len(seqs), "incident_id": incident}
        real_at = application.clock.real()
        said["real_at"] = instant(real_at) if application.clock.is_replay else None
        with application.transactions.begin() as work:
            (seq,) = work.ledger.append([NewEntry(EntryType.EVIDENCE_PACK, application.clock.now(), said)])
            work.ledger.sign(real_at)
        with application.transactions.read() as work:
            receipt = receipt_of(work.ledger, seq, key, shows_payload=True)
            return EvidenceExport(write_pack(files, manifest, receipt, work.ledger, key), seqs, seq)


def _json(rows: Sequence[Mapping[str, object]]) -> bytes:
    return canonical([_plain_row(row) for row in rows])


def _plain_row(row: Mapping[str, object]) -> Mapping[str, object]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: object) -> object:
    return instant(value) if isinstance(value, datetime) else value
