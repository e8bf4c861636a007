"""How much was asked within a minute, for all server processes together."""

from datetime import datetime

from sqlalchemy import text

from kanmon.access.limits import Limit
from kanmon.db.unit_of_work import WriteSession

_COUNT = text(
    """
    INSERT INTO request_count AS known (counted, whose_sha256, amount, ends_at)
    VALUES (:counted, :whose, :amount, :ends)
    ON CONFLICT (counted, whose_sha256) DO UPDATE SET
        amount = CASE WHEN known.ends_at <= :at THEN 0 ELSE known.amount END + excluded.amount,
        ends_at = CASE WHEN known.ends_at <= :at THEN excluded.ends_at ELSE known.ends_at END
    RETURNING amount, ends_at
    """
)
# Rows that another transaction holds are passed over: nobody waits for anybody to forget.
_FORGET = text(
    """
    DELETE FROM request_count WHERE (counted, whose_sha256) IN (
        SELECT counted, whose_sha256 FROM request_count WHERE ends_at <= :at LIMIT 100 FOR UPDATE SKIP LOCKED
    )
    """
)


class PostgresCountStore:
    """See `access.limits.CountStore`."""

    def __init__(self, session: WriteSession) -> None:
        self._connection = session.connection

    def count(
        self, limit: Limit, whose_sha256: bytes, amount: int, at: datetime, ends_at: datetime
    ) -> tuple[int, datetime]:
        """Add to a count, begun anew where its minute is over: what it is now, and when its minute ends."""
        values = {"counted": limit.name, "whose": whose_sha256, "amount": amount, "at": at, "ends": ends_at}
        row = self._connection.execute(_COUNT, values).one()
        if row.ends_at == ends_at:
            self._connection.execute(_FORGET, {"at": at})
        return row.amount, row.ends_at
