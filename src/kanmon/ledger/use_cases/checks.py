"""The ledger read again, and the tables held against it."""

from collections.abc import Sequence

from kanmon.application.application import Application
from kanmon.audits.reconciliation.service import RowFinding, reconcile
from kanmon.audits.reconciliation.store.entered import ReconciliationStore
from kanmon.ledger.fsck import LedgerCheck, check_ledger
from kanmon.ledger.keyholder import AbsentKey
from kanmon.ledger.receipt import checkpoint_in
from kanmon.ledger.witnesses.store import WitnessRecords


def ledger_check(application: Application, seen: Sequence[bytes]) -> LedgerCheck:
    """Read the whole ledger again; `seen` are receipts or checkpoints that somebody kept elsewhere.

    It is held against what witnesses hold against it as well.
    """
    notes = [checkpoint_in(content) for content in seen]
    with application.transactions.read() as work:
        notes += [one.note for one in WitnessRecords(work.session).conflicts() if one.note is not None]
        return check_ledger(work.ledger, application.ledger_key.verifier, notes)


def row_check(application: Application) -> Sequence[RowFinding] | None:
    """Hold the tables against a ledger that was found sound, both ways; None where its key is not at hand."""
    if isinstance(application.ledger_key, AbsentKey):
        return None
    with application.transactions.read() as work:
        return reconcile(ReconciliationStore(work.session))
