"""Matters of an authority in PostgreSQL; the bytes of papers are read one by one."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select

from kanmon.core.ids import IncidentId, MatterId
from kanmon.db.locks import hold_matters
from kanmon.db.tables.incident import authority_matter, authority_matter_step, incident
from kanmon.db.tables.ledger import ledger_entry
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.incidents.matters.model import Matter, MatterKind, MatterNotice, MatterStep, StepKind

_COLUMNS = [column for column in authority_matter_step.c if column.name != "content"]
_STEPS = select(*_COLUMNS).order_by(authority_matter_step.c.matter_id, authority_matter_step.c.step_no)


class MatterRecords:
    """What is known of matters, read in one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._connection = session.connection

    def matter(self, matter: MatterId) -> Matter | None:
        """One matter with its steps."""
        return next(iter(self._matters(authority_matter.c.matter_id == matter)), None)

    def matters(self) -> Sequence[Matter]:
        """All matters with their steps, in the order in which they were recorded."""
        return self._matters()

    def about(self, incident_id: IncidentId) -> Sequence[Matter]:
        """The matters that are about an incident."""
        return [matter for matter in self._matters() if incident_id in matter.incident_ids]

    def content(self, matter: MatterId, step_no: int) -> bytes | None:
        """The bytes of the paper that a step brought; None where it brought none."""
        step = authority_matter_step
        found: bytes | None = self._connection.scalar(
            select(step.c.content).where(step.c.matter_id == matter, step.c.step_no == step_no)
        )
        return found

    def _matters(self, *conditions: Any) -> list[Matter]:
        rows = self._connection.execute(
            select(authority_matter).where(*conditions).order_by(authority_matter.c.ledger_seq)
        ).all()
        steps: defaultdict[str, list[MatterStep]] = defaultdict(list)
        named = authority_matter_step.c.matter_id.in_([row.matter_id for row in rows])
        for row in self._connection.execute(_STEPS.where(named)):
            said = (row.step_no, StepKind(row.kind), row.at, row.real_at, row.by, row.reason, row.body, row.ledger_seq)
            steps[row.matter_id].append(MatterStep(*said))
        return [_matter(row, steps[row.matter_id]) for row in rows]


class PostgresMatterStore(MatterRecords):
    """See `incidents.matters.model.MatterStore`; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)

    def hold(self) -> None:
        """Let nobody else record anything of a matter until this transaction ends."""
        hold_matters(self._connection)

    def open(self, matter: Matter) -> None:
        """Record a matter for good."""
        notice = matter.notice
        values = {
            "matter_id": matter.matter_id,
            "kind": notice.kind.value,
            "authority": notice.authority,
            "title": notice.title,
            "reference": notice.reference,
            "received_on": notice.received_on,
            "due_on": notice.due_on,
            "opened_at": matter.opened_at,
            "real_at": matter.real_at,
            "opened_by": matter.opened_by,
            "reason": matter.reason,
            "ledger_seq": matter.ledger_seq,
        }
        self._connection.execute(insert(authority_matter).values(values))

    def add(self, matter: MatterId, step: MatterStep, content: bytes | None) -> None:
        """Record a step for good, with the bytes of its paper."""
        values = {
            "matter_id": matter,
            "step_no": step.step_no,
            "kind": step.kind.value,
            "at": step.at,
            "real_at": step.real_at,
            "by": step.by,
            "reason": step.reason,
            "body": dict(step.body),
            "content": content,
            "ledger_seq": step.ledger_seq,
        }
        self._connection.execute(insert(authority_matter_step).values(values))

    def is_incident(self, incident_id: IncidentId) -> bool:
        """Whether there is such an incident."""
        named = select(incident.c.incident_id).where(incident.c.incident_id == incident_id)
        return self._connection.scalar(named) is not None

    def entry_type(self, seq: int) -> str | None:
        """What the ledger's entry of that number records; None where there is none."""
        found: str | None = self._connection.scalar(select(ledger_entry.c.type).where(ledger_entry.c.seq == seq))
        return found


def _matter(row: Row[Any], steps: Sequence[MatterStep]) -> Matter:
    notice = MatterNotice(MatterKind(row.kind), row.authority, row.title, row.received_on, row.due_on, row.reference)
    return Matter(row.matter_id, notice, row.opened_at, row.real_at, row.opened_by, row.reason, row.ledger_seq, steps)
