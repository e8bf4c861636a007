"""What the coverage crawl saw, as looks at screens that the gate reads."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ARRAY, Text, bindparam, text

from kanmon.adapters.unit_of_work import WriteSession
from kanmon.oversight.coverage import Seen

VERIFIED_BY = "crawler"
_ARRAYS = [bindparam("screens", type_=ARRAY(Text)), bindparam("texts", type_=ARRAY(Text))]
_NUMBER_TEXTS = text(
    "INSERT INTO displayed_text (text_sha256) SELECT unnest(:texts) EXCEPT SELECT text_sha256 FROM displayed_text"
).bindparams(_ARRAYS[1])
_ADD = text(
    """
    INSERT INTO rendering (screen_id, occurred_at, text_no, verified_by)
    SELECT seen.screen_id, :seen_at, t.text_no, :verified_by
    FROM unnest(:screens, :texts) AS seen (screen_id, text_sha256) JOIN displayed_text t USING (text_sha256)
    ON CONFLICT (screen_id, occurred_at, text_no) DO NOTHING
    """
).bindparams(*_ARRAYS)


class CoverageStore:
    """Looks at screens within one transaction."""

    def __init__(self, session: WriteSession) -> None:
        self._connection = session.connection

    def add(self, seen: Collection[Seen], seen_at: datetime) -> None:
        """Keep which words each screen was seen to show at a moment; the same twice changes nothing."""
        texts = sorted({one.text_sha256 for one in seen})
        self._connection.execute(_NUMBER_TEXTS, {"texts": texts})
        self._connection.execute(
            _ADD,
            {
                "seen_at": seen_at,
                "verified_by": VERIFIED_BY,
                "screens": [one.screen_id for one in seen],
                "texts": [one.text_sha256 for one in seen],
            },
        )
