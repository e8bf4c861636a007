"""Writing tables anew, so that deleted rows are gone from their files, and not only out of sight.

A plain VACUUM leaves the bytes of a deleted row in the unused part of its page; VACUUM FULL writes the table and its
indexes into new files. The statistics of columns hold values as well and are gathered anew. The write-ahead log of the
embedded server is ended at a new segment and the old ones are deleted; of a server of the user's own, its operator
does that (`docs/erasure.md`).
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import URL, Engine

from kanmon.db.logins import OWNER, SCHEMA, engine_as
from kanmon.db.orphan_files import remove_orphans
from kanmon.db.unit_of_work import failures_told

TABLES = (
    "member", "consent_act", "consent_correction", "consent_entry", "consent_seal", "notice", "notice_seal",
    "applicant", "outcome", "client_decision", "recipient_consent", "link", "link_candidate", "prediction_model",
    "gate_decision", "score",
    "provision", "provision_record", "ledger_secret", "account", "sign_in_session", "sign_in_failure", "score_read",
    "received_event", "erasure_rendering", "served_text", "consent_answer", "oidc_identity", "oidc_login", "passkey",
    "passkey_challenge", "person_request", "request_content", "request_decision", "objection", "history_correction",
    "stale_score", "stale_notice", "disputed_score", "second_look", "notification_stub", "incident_affected", "mail",
    "decision_act", "stage_move", "audited_applicant", "consent_hold",
)  # fmt: skip


class PostgresCompaction:
    """See `rights.erasure.service.Compaction`; `superuser` and `data` are the embedded server's, else None."""

    def __init__(self, migrator: URL, superuser: URL | None, data: Path | None = None) -> None:
        self._migrator = migrator
        self._superuser = superuser
        self._data = data

    def compact(self) -> None:
        """Write the tables anew, each closed to everybody meanwhile, and remove what an attempt cut short left.

        `DatabaseUnavailable` where the server ends meanwhile.
        """
        _run(engine_as(self._migrator, OWNER), [f"VACUUM (FULL, ANALYZE) {SCHEMA}.{table}" for table in TABLES])
        if self._superuser is not None:
            statements = ("VACUUM FULL pg_catalog.pg_statistic", "SELECT pg_switch_wal()", "CHECKPOINT")
            _run(engine_as(self._superuser, None), statements)
            if self._data is not None:
                with failures_told():
                    remove_orphans(self._superuser, self._data)


def _run(engine: Engine, statements: Sequence[str]) -> None:
    """Each statement by itself: none of them may stand in a transaction."""
    with failures_told(), engine.connect() as connection:
        automatic = connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            automatic.exec_driver_sql(statement)
