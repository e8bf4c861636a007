"""People on hold over an open application, for the command line and the privacy owner's portal."""

from collections.abc import Collection, Sequence

from kanmon.application.application import Application
from kanmon.consent.doubtful import RefusedRow
from kanmon.consent.holds.service import ANSWERS, ConsentHold, HoldCounts, HoldService, RowOrigin
from kanmon.consent.holds.store import HoldRecords, PostgresHoldStore
from kanmon.intake.use_cases.loading import erased_people


def holds(application: Application, *, with_ended: bool = False) -> Sequence[ConsentHold]:
    """All holds and alerts that stand, alerts first; those that ended as well if asked."""
    with application.transactions.read() as work:
        return HoldRecords(work.session).listed(with_ended=with_ended)


def standing_holds(application: Application) -> HoldCounts:
    """How many holds and alerts stand."""
    with application.transactions.read() as work:
        return HoldRecords(work.session).count()


def lift_holds(application: Application, numbers: Collection[int], person: str, because: str) -> Sequence[ConsentHold]:
    """Lift holds or close alerts, as the privacy owner; it counts when this returns. `UsageError` as `Holding.lift`."""
    with application.transactions.begin() as work:
        return HoldService(PostgresHoldStore(work.session), work.ledger, application.clock).lift(
            numbers, person, because
        )


def end_of_hold(application: Application, number: int) -> int:
    """Where in the ledger it stands that a hold has ended."""
    with application.transactions.read() as work:
        ends = {hold.number: hold.end_seq for hold in HoldRecords(work.session).listed(with_ended=True)}
    seq = ends[number]
    assert seq is not None
    return seq


def hold_for_message(application: Application, address: str, row: RefusedRow) -> None:
    """Hold whom a message that was refused may concern, unless it names somebody who was erased."""
    erased = erased_people(application)
    if erased.are_any() and erased.among(row.words):
        return
    # The very same message, known by the ID that its sender made, is settled once; without one it may be another no.
    digest = row.sha256(ANSWERS).hex() if '"act_id"' in row.text else ""
    with application.transactions.begin() as work:
        HoldService(PostgresHoldStore(work.session), work.ledger, application.clock).place(
            RowOrigin(ANSWERS, address, digest), [row]
        )
        work.ledger.sign(application.clock.real())


def mend_by_message(application: Application) -> None:
    """End holds of refused messages that an answer taken since has mended."""
    with application.transactions.begin() as work:
        HoldService(PostgresHoldStore(work.session), work.ledger, application.clock).mend(ANSWERS, ())
        work.ledger.sign(application.clock.real())
