"""The key that seals rows in tests, and seals for acts of consent that a test put in by SQL."""

from sqlalchemy import text

from kanmon.adapters.postgres.act_seals import ActSeals
from kanmon.adapters.unit_of_work import WriteSession
from kanmon.ledger.row_key import RowKey

ROW_KEY = RowKey(b"k" * 32)


def seal_acts(session: WriteSession) -> None:
    """Seal all acts of consent as they are."""
    session.connection.execute(text("DELETE FROM consent_seal"))
    ActSeals(session).seal_all()
