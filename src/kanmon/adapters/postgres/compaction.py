"""Writing tables anew, so that deleted rows are gone from their files, and not only out of sight.

A plain VACUUM leaves the bytes of a deleted row in the unused part of its page; VACUUM FULL writes the table and its
indexes into new files. The statistics of columns hold values as well and are gathered anew. The write-ahead log of the
embedded server is ended at a new segment and the old ones are deleted; of a server of the user's own, its operator
does that (`docs/erasure.md`).
"""

from sqlalchemy import URL, Connection, text

from kanmon.adapters.postgres.logins import OWNER, SCHEMA, engine_as

TABLES = (
    "member", "consent_act", "consent_correction", "consent_entry", "notice", "applicant", "outcome", "client_decision",
    "recipient_consent", "link", "link_candidate", "prediction_model", "gate_decision", "score", "provision",
    "provision_record", "ledger_secret", "account", "sign_in_session", "sign_in_failure", "score_read",
    "received_event", "erasure_rendering",
)  # fmt: skip


class PostgresCompaction:
    """See `rights.erasure.Compaction`; `superuser` is the embedded server's, None where the server is the user's."""

    def __init__(self, migrator: URL, superuser: URL | None) -> None:
        self._migrator = migrator
        self._superuser = superuser

    def compact(self) -> None:
        """Write the tables anew; each is closed to everybody while it is written."""
        with engine_as(self._migrator, OWNER).connect() as connection:
            for table in TABLES:
                _run(connection, f"VACUUM (FULL, ANALYZE) {SCHEMA}.{table}")
        if self._superuser is not None:
            with engine_as(self._superuser, None).connect() as connection:
                _run(connection, "VACUUM FULL pg_catalog.pg_statistic")
                _run(connection, "SELECT pg_switch_wal()")
                _run(connection, "CHECKPOINT")


def _run(connection: Connection, statement: str) -> None:
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(statement))
