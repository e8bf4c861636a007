"""What the control plane remembers of itself and of keys that lie outside of it."""

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from kanmon.db.kept_keys import KeyKind
from kanmon.db.tables.keys import control_plane, kept_key
from kanmon.db.unit_of_work import Database
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.note import NoteInvalid, VerifierKey
from kanmon.ledger.store.entries import LedgerRecords

_USES = {
    KeyKind.LEDGER: "SELECT EXISTS (SELECT FROM ledger_checkpoint)",
    KeyKind.ERASURE: "SELECT EXISTS (SELECT FROM erasure)",
    KeyKind.ROWS: "SELECT false",  # what each report says for itself: see `sealed_rows`
}


class KeyStore:
    """See `db.kept_keys.KeyMemory`; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def identity(self) -> str:
        """The random name of this control plane, by which a workspace knows it again."""
        with self._database.read() as session:
            return str(session.connection.execute(select(control_plane.c.identity)).scalar_one())

    def known(self, kind: KeyKind) -> str | None:
        """See `KeyMemory`."""
        with self._database.read() as session:
            return session.connection.scalar(select(kept_key.c.fingerprint).where(kept_key.c.kind == kind))

    def was_used(self, kind: KeyKind) -> bool:
        """See `KeyMemory`."""
        with self._database.read() as session:
            return bool(session.connection.scalar(text(_USES[kind])))

    def note(self, kind: KeyKind, fingerprint: str) -> bool:
        """See `KeyMemory`."""
        noted = insert(kept_key).values(kind=kind, fingerprint=fingerprint, noted_at=func.now())
        with self._database.write() as session:
            if kind is KeyKind.LEDGER and not _signed_all(LedgerRecords(session), fingerprint):
                return False
            first = noted.on_conflict_do_nothing().returning(kept_key.c.kind)
            return session.connection.scalar(first) is not None


def _signed_all(ledger: LedgerRecords, vkey: str) -> bool:
    """Whether what was signed last, before keys were noted, is this key's."""
    note = ledger.newest_checkpoint()
    if note is None:
        return True
    try:
        Checkpoint.open(note, [VerifierKey.parse(vkey)])
    except NoteInvalid:
        return False
    return True
