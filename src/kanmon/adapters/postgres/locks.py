"""Who waits for whom: acts of consent don't change under what relies on them (INV-5).

Whoever relies on consents shares them, so that many can; whoever records one holds them alone. A withdrawal is thus
recorded either before a provision has read the facts, and is seen by it, or after that provision has ended.
"""

from sqlalchemy import Connection, text

_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtext('consent'), 0)")
_HOLD = text("SELECT pg_advisory_xact_lock(hashtext('consent'), 0)")


def share_consents(connection: Connection) -> None:
    """Let nobody record an act of consent until this transaction ends."""
    connection.execute(_SHARE)


def hold_consents(connection: Connection) -> None:
    """Wait for all that rely on consents, and let nobody begin to until this transaction ends."""
    connection.execute(_HOLD)
