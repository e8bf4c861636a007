"""What witnesses answered, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from kanmon.db.tables.ledger import witness_answer, witness_conflict, witness_cosignature, witness_policy
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.ledger.witnesses.model import WitnessAnswer, WitnessConflict, WitnessOutcome, WitnessRecord


class WitnessRecords:
    """What is kept of witnesses, which are named by their keys."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._connection = session.connection

    def records(self) -> Sequence[WitnessRecord]:
        """How each witness ever asked answered last, by its key."""
        rows = self._connection.execute(select(witness_answer).order_by(witness_answer.c.witness))
        return [
            WitnessRecord(row.witness, WitnessOutcome(row.outcome), row.size, row.asked_at, row.since) for row in rows
        ]

    def cosigned(self, witnesses: Sequence[str]) -> dict[str, int]:
        """The largest size that each of these witnesses cosigned, 0 before the first: one look at the index each."""
        largest = select(func.coalesce(func.max(witness_cosignature.c.size), 0))
        return {
            witness: self._connection.scalar(largest.where(witness_cosignature.c.witness == witness)) or 0
            for witness in witnesses
        }

    def conflicts(self) -> Sequence[WitnessConflict]:
        """All that witnesses ever held against the log, oldest first."""
        rows = self._connection.execute(select(witness_conflict).order_by(witness_conflict.c.found_at))
        return [
            WitnessConflict(row.witness, WitnessOutcome(row.kind), row.size, row.note, row.found_at) for row in rows
        ]


class PostgresWitnessStore(WitnessRecords):
    """As `WitnessRecords`, and what is added; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)

    def state_policy(self, note: str | None, at: datetime) -> None:
        """Let this be the policy from now on; None is that of no witnesses."""
        self._connection.execute(insert(witness_policy).values(note=note, stated_at=at))

    def keep(self, answer: WitnessAnswer, at: datetime) -> None:
        """Keep what a witness answered: its cosignature, or what it holds against the log, once each."""
        witness = str(answer.witness.key)
        cosignature, conflict = answer.cosignature, answer.conflict
        if cosignature is not None:
            kept = upsert(witness_cosignature).values(
                size=answer.size, witness=witness, line=cosignature.line, cosigned_at=cosignature.at() or at
            )
            self._connection.execute(kept.on_conflict_do_nothing())
        if conflict is not None:
            noted = upsert(witness_conflict).values(
                witness=witness, kind=conflict.kind, size=conflict.size, note=conflict.note, found_at=conflict.found_at
            )
            self._connection.execute(noted.on_conflict_do_nothing())
        self._note(witness, answer, at)

    def _note(self, witness: str, answer: WitnessAnswer, at: datetime) -> None:
        new = upsert(witness_answer).values(
            witness=witness, outcome=answer.outcome, size=answer.size, asked_at=at, since=at
        )
        is_same = witness_answer.c.outcome == new.excluded.outcome
        changed = {
            "outcome": new.excluded.outcome,
            "size": new.excluded.size,
            "asked_at": new.excluded.asked_at,
            "since": case((is_same, witness_answer.c.since), else_=new.excluded.since),
        }
        self._connection.execute(new.on_conflict_do_update(index_elements=[witness_answer.c.witness], set_=changed))
