"""Who waits for whom: acts of consent don't change under what relies on them (INV-5).

Whoever relies on consents shares them, so that many can; whoever records one, or stops or resumes the service, holds
them alone. A withdrawal is thus recorded either before a provision reads the facts, and is seen by it, or after that
provision has ended; so are a stop and an incident. Locks are taken in the order consents, client, revisions, an
incident's row, matters, ledger, so that nobody waits in a circle.
"""

from datetime import datetime

from sqlalchemy import Connection, text

from kanmon.core.ids import ClientId

_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtext('consent'), 0)")
_HOLD = text("SELECT pg_advisory_xact_lock(hashtext('consent'), 0)")
_HOLD_CLIENT = text("SELECT pg_advisory_xact_lock(hashtext('provide'), hashtext(:client))")
_HOLD_REVISIONS = text("SELECT pg_advisory_xact_lock(hashtext('revision'), 0)")
_HOLD_MATTERS = text("SELECT pg_advisory_xact_lock(hashtext('matter'), 0)")
_MOMENT = text("SELECT clock_timestamp()")


def share_consents(connection: Connection, client: ClientId) -> datetime:
    """Let nobody record an act of consent, nor provide to the client, until this transaction ends; from when on."""
    connection.execute(_SHARE)
    connection.execute(_HOLD_CLIENT, {"client": client})
    return moment(connection)


def hold_consents(connection: Connection) -> datetime:
    """Wait for all that rely on consents, and let nobody begin to until this transaction ends; from when on."""
    connection.execute(_HOLD)
    return moment(connection)


def hold_revisions(connection: Connection) -> None:
    """Let nobody else change revisions of policies, or the list of those to be asked, until this transaction ends."""
    connection.execute(_HOLD_REVISIONS)


def hold_matters(connection: Connection) -> None:
    """Let nobody else record anything of a matter of an authority until this transaction ends."""
    connection.execute(_HOLD_MATTERS)


def moment(connection: Connection) -> datetime:
    """The server's moment: the one clock that all processes share."""
    now: datetime = connection.execute(_MOMENT).scalar_one()
    return now
