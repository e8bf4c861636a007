"""Acts of consent as they were recorded, with their place in the ledger."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from kanmon.consent.evidence import ConsentAct

_ACTS = """
    SELECT c.consent_no, m.member_id, c.occurred_at, c.screen_id, t.text_sha256, c.action, c.client_id, c.refusable,
           e.ledger_seq
    FROM consent_act c JOIN member m USING (member_no) JOIN displayed_text t USING (text_no)
    LEFT JOIN consent_entry e USING (consent_no)
    WHERE {condition}
    ORDER BY c.occurred_at, c.consent_no
"""


def consent_acts(connection: Connection, condition: str, **values: object) -> Iterator[ConsentAct]:
    """The acts for which an SQL condition with these values holds, by time."""
    for row in connection.execute(text(_ACTS.format(condition=condition)), values):
        yield ConsentAct(*row)
