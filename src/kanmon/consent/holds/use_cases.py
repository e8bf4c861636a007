"""People on hold over an open application, for the command line and the privacy owner's portal."""

from collections.abc import Collection, Sequence

from kanmon.application.application import Application
from kanmon.consent.doubtful import RefusedRow
from kanmon.consent.holds.preview import LiftPreview, LiftRequest, hold_confirmed
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


def look_at_lifting(application: Application, request: LiftRequest) -> LiftPreview:
    """What confirms a request as the hold stands now, or ended; `NotFound`, `UsageError`. Nothing is done."""
    hold = request.hold_among(holds(application, with_ended=True))
    return LiftPreview(request, hold, request.sha256(hold))


def confirm_lifting(application: Application, request: LiftRequest, confirmation: str) -> ConsentHold:
    """End the hold as it was shown, once however often it is confirmed; see `hold_confirmed`."""
    with application.transactions.begin() as work:
        store = PostgresHoldStore(work.session)
        store.hold()
        hold = hold_confirmed(request, store.listed(with_ended=True), confirmation)
        if hold.ended_at is None:
            HoldService(store, work.ledger, application.clock).lift([hold.number], request.person, request.because)
        return request.hold_among(store.listed(with_ended=True))


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
