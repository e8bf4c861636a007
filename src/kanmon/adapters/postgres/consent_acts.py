"""Acts of consent as they were recorded, with their place in the ledger, and what screens were seen to show."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, text

from kanmon.consent.evidence import ConsentAct
from kanmon.consent.screens import Rendering

_ACTS = """
    SELECT c.consent_no, m.member_id, c.occurred_at, c.screen_id, t.text_sha256, c.action, c.client_id, c.refusable,
           e.ledger_seq, c.latest_at
    FROM consent_act c JOIN member m USING (member_no) JOIN displayed_text t USING (text_no)
    LEFT JOIN consent_entry e USING (consent_no)
    WHERE {condition}
    ORDER BY c.occurred_at, c.consent_no
"""
_RENDERINGS = text(
    """
    SELECT r.screen_id, s.policy_id, r.occurred_at, r.text_no
    FROM rendering r JOIN screen s USING (screen_id)
    """
)


def consent_acts(connection: Connection, condition: str, **values: object) -> Iterator[ConsentAct]:
    """The acts for which an SQL condition with these values holds, by time."""
    for row in connection.execute(text(_ACTS.format(condition=condition)), values):
        yield ConsentAct(*row)


def renderings(connection: Connection) -> Sequence[Rendering]:
    """What screens were seen to show, whenever they were looked at."""
    return [Rendering(*row) for row in connection.execute(_RENDERINGS)]
