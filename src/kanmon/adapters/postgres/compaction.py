"""Writing tables anew, so that deleted rows are gone from their files, and not only out of sight.

A plain VACUUM leaves the bytes of a deleted row in the unused part of its page; VACUUM FULL writes the table and its
indexes into new files. The statistics of columns hold values as well and are gathered anew. The write-ahead log of the
embedded server is ended at a new segment and the old ones are deleted; of a server of the user's own, its operator
does that (`docs/erasure.md`).
"""

from collections.abc import Sequence

from sqlalchemy import URL, Engine

from kanmon.adapters.postgres.logins import OWNER, SCHEMA, engine_as

TABLES = (
    "member", "consent_act", "consent_correction", "consent_entry", "consent_seal", "notice", "applicant", "outcome",
    "client_decision", "recipient_consent", "link", "link_candidate", "prediction_model", "gate_decision", "score",
    "provision", "provision_record", "ledger_secret", "account", "sign_in_session", "sign_in_failure", "score_read",
    "received_event", "erasure_rendering", "served_text", "consent_answer", "oidc_identity", "oidc_login", "passkey",
    "passkey_challenge", "person_request", "request_content", "request_decision", "objection", "history_correction",
    "stale_score", "stale_notice", "notification_stub", "incident_affected", "mail", "decision_act",
    "stage_move", "audited_applicant", "consent_hold",
)  # fmt: skip


class PostgresCompaction:
    """See `rights.erasure.Compaction`; `superuser` is the embedded server's, None where the server is the user's."""

    def __init__(self, migrator: URL, superuser: URL | None) -> None:
        self._migrator = migrator
        self._superuser = superuser

    def compact(self) -> None:
        """Write the tables anew; each is closed to everybody while it is written."""
        _run(engine_as(self._migrator, OWNER), [f"VACUUM (FULL, ANALYZE) {SCHEMA}.{table}" for table in TABLES])
        if self._superuser is not None:
            statements = ("VACUUM FULL pg_catalog.pg_statistic", "SELECT pg_switch_wal()", "CHECKPOINT")
            _run(engine_as(self._superuser, None), statements)


def _run(engine: Engine, statements: Sequence[str]) -> None:
    """Each statement by itself: none of them may stand in a transaction."""
    with engine.connect() as connection:
        automatic = connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            automatic.exec_driver_sql(statement)
