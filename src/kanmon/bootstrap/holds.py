"""People on hold over an open application, for the command line and the privacy owner's portal."""

from collections.abc import Collection, Sequence

from kanmon.bootstrap.application import Application
from kanmon.oversight.holding import ConsentHold, Holding, Standing


def holds(application: Application, *, with_ended: bool = False) -> Sequence[ConsentHold]:
    """All holds and alerts that stand, alerts first; those that ended as well if asked."""
    with application.transactions.read_holds() as records:
        return records.listed(with_ended=with_ended)


def standing_holds(application: Application) -> Standing:
    """How many holds and alerts stand."""
    with application.transactions.read_holds() as records:
        return records.count()


def lift_holds(application: Application, numbers: Collection[int], person: str, because: str) -> Sequence[ConsentHold]:
    """Lift holds or close alerts, as the privacy owner; it counts when this returns. `UsageError` as `Holding.lift`."""
    with application.transactions.begin_holds() as (store, ledger):
        return Holding(store, ledger, application.clock).lift(numbers, person, because)
