"""What a client states and receives, under its row-level security; every statement stands in the ledger as well."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy import Insert, insert, select, text
from sqlalchemy.dialects.postgresql import insert as insert_once

from kanmon.clients.categories import ScoreScale
from kanmon.clients.contract import Platform
from kanmon.clients.use import ActualUse, Alert, IntendedUse
from kanmon.core.ids import ClientId, ModelId, ProvisionId
from kanmon.db.tables.work import receipt, told_password, use_alert, use_statement
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.ledger.entry import NewEntry
from kanmon.ledger.service import Ledger
from kanmon.provision.receipt import DeliveryReceipt, ReceiptPack, Route
from kanmon.provision.record import items_provided


@cache
def _intended() -> TypeAdapter[IntendedUse]:
    return TypeAdapter(IntendedUse)


@cache
def _actual() -> TypeAdapter[ActualUse]:
    return TypeAdapter(ActualUse)


@cache
def _pack() -> TypeAdapter[ReceiptPack]:
    return TypeAdapter(ReceiptPack)


_HANDED_OVER = text("SELECT max(stated_at) FROM acquisition WHERE client_id = :client")
_RECEIVED = text(
    """
    SELECT p.provision_id, p.season_id, p.acted_at, r.acknowledged_at,
           (SELECT max(stated_at) FROM use_statement s
            WHERE s.client_id = p.client_id AND s.provision_id = p.provision_id)
    FROM provision p LEFT JOIN receipt r ON r.client_id = p.client_id AND r.provision_id = p.provision_id
    WHERE p.client_id = :client AND p.handed_over_at IS NOT NULL
    ORDER BY p.acted_at DESC, p.real_at DESC
    """
)
_DELIVERY = text(
    """
    SELECT p.acted_at, p.law_profile_id, p.ledger_seq, p.report -> 'category_symbols' <> '[]' AS has_categories,
           coalesce(p.report ->> 'scale', 'risk') AS scale,
           coalesce((SELECT bool_or(r.confirmed_at IS NOT NULL) FROM provision_record r
                     WHERE r.client_id = p.client_id AND r.provision_id = p.provision_id), false) AS is_confirmed
    FROM provision p
    WHERE p.client_id = :client AND p.provision_id = :provision AND p.handed_over_at IS NOT NULL
    """
)
_ROUTES = text(
    """
    SELECT DISTINCT a.screen_id, s.function, v.policy_id, v.version_id
    FROM provision_record r
    JOIN consent_act a ON a.consent_no = r.consent_no
    JOIN displayed_text t ON t.text_no = a.text_no
    LEFT JOIN policy_version v ON v.text_sha256 = t.text_sha256
    LEFT JOIN screen s ON s.screen_id = a.screen_id
    WHERE r.client_id = :client AND r.provision_id = :provision
    ORDER BY 1, 3, 4
    """
)
_ALERTS = text(
    """
    SELECT a.client_id, name, raised_at, code, provision_id, said ->> 'words'
    FROM use_alert a JOIN account USING (account_no) WHERE a.client_id = :client ORDER BY alert_no DESC
    """
)
_AUC = text(
    "SELECT card -> 'validation' ->> 'auc' FROM prediction_model WHERE client_id = :client AND model_id = :model"
)


class ClientRecords:
    """What is read at a client's desk; one transaction, one client."""

    def __init__(self, session: ReadSession | WriteSession, client: ClientId) -> None:
        session.act_for(client)
        self._connection = session.connection
        self._client = client

    def last_handed_over_at(self) -> datetime | None:
        """When the client last handed applicants over itself."""
        last_at: datetime | None = self._connection.scalar(_HANDED_OVER, {"client": self._client})
        return last_at

    def deliveries(self) -> Sequence[DeliveryReceipt]:
        """What was handed over to the client, newest first."""
        return [DeliveryReceipt(*row) for row in self._connection.execute(_RECEIVED, {"client": self._client})]

    def pack(self, provision_id: ProvisionId, provider: Platform) -> ReceiptPack | None:
        """What goes with a delivery; None where the client has none of that number."""
        asked = {"client": self._client, "provision": provision_id}
        found = self._connection.execute(_DELIVERY, asked).one_or_none()
        if found is None:
            return None
        return ReceiptPack(
            provision_id=provision_id,
            client_id=self._client,
            provided_at=found.acted_at,
            law_profile_id=found.law_profile_id,
            provider=provider,
            routes=tuple(Route(*row) for row in self._connection.execute(_ROUTES, asked)),
            rests_on_confirmation=found.is_confirmed,
            items=items_provided(found.has_categories),
            provision_seq=found.ledger_seq,
            scale=ScoreScale(found.scale),
        )

    def acknowledged(self, provision_id: ProvisionId) -> tuple[ReceiptPack, datetime] | None:
        """What was confirmed of a delivery, and when; None while it is sealed."""
        row = self._connection.execute(
            select(receipt.c.pack, receipt.c.acknowledged_at).where(receipt.c.provision_id == provision_id)
        ).one_or_none()
        return None if row is None else (_pack().validate_python(row.pack), row.acknowledged_at)

    def intended_use(self) -> tuple[IntendedUse, datetime] | None:
        """The newest statement of what scores will be used for, and when it was made."""
        row = self._connection.execute(
            select(use_statement.c.said, use_statement.c.stated_at)
            .where(use_statement.c.provision_id.is_(None))
            .order_by(use_statement.c.statement_no.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else (_intended().validate_python(row.said), row.stated_at)

    def is_password_told(self, provision_id: ProvisionId) -> bool:
        """Whether the password of a report's file was shown at the client's desk."""
        at_desk = (told_password.c.provision_id == provision_id) & (told_password.c.told_to == "client")
        return self._connection.execute(select(told_password).where(at_desk)).first() is not None

    def actual_use(self, provision_id: ProvisionId) -> tuple[ActualUse, datetime] | None:
        """The newest statement of what a report was used for, and when it was made."""
        row = self._connection.execute(
            select(use_statement.c.said, use_statement.c.stated_at)
            .where(use_statement.c.provision_id == provision_id)
            .order_by(use_statement.c.statement_no.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else (_actual().validate_python(row.said), row.stated_at)

    def alerts(self) -> Sequence[Alert]:
        """The prohibited uses that the client stated, newest first."""
        return [Alert(*row) for row in self._connection.execute(_ALERTS, {"client": self._client})]

    def auc(self, model: ModelId) -> float | None:
        """How well a model of the client's put people in order that it had not seen."""
        found = self._connection.scalar(_AUC, {"client": self._client, "model": model})
        return None if found is None else float(found)


class ClientStatements:
    """What is written at a client's desk: each fact once, for good, with its entry in the ledger."""

    def __init__(self, session: WriteSession, ledger: Ledger, client: ClientId, account_no: int) -> None:
        self._session = session
        self._ledger = ledger
        self._own = {"client_id": client, "account_no": account_no}
        self.records = ClientRecords(session, client)

    def acknowledge(self, pack: ReceiptPack, entry: NewEntry) -> None:
        """Keep an acknowledgement of receipt."""
        written = _pack().dump_python(pack, mode="json")
        self._add(insert(receipt).values(provision_id=pack.provision_id, acknowledged_at=entry.at, pack=written), entry)

    def note_password(self, provision_id: ProvisionId, at: datetime) -> bool:
        """Note that the password of a report's file is shown at the desk; False where it was shown before."""
        row = {"provision_id": provision_id, "client_id": self._own["client_id"], "told_to": "client", "told_at": at}
        noted = insert_once(told_password).values(**row).on_conflict_do_nothing().returning(told_password.c.told_at)
        return self._session.connection.execute(noted).first() is not None

    def state_intended(self, use: IntendedUse, entry: NewEntry) -> None:
        """Keep a statement of what scores will be used for."""
        self._add(
            insert(use_statement).values(stated_at=entry.at, said=_intended().dump_python(use, mode="json")), entry
        )

    def state_actual(self, provision_id: ProvisionId, use: ActualUse, entry: NewEntry) -> None:
        """Keep a statement of what a report was used for."""
        said = _actual().dump_python(use, mode="json")
        self._add(insert(use_statement).values(stated_at=entry.at, provision_id=provision_id, said=said), entry)

    def alert(self, code: str, provision_id: ProvisionId | None, words: str, entry: NewEntry) -> None:
        """Keep an alert for the privacy owner."""
        alert = insert(use_alert).values(
            raised_at=entry.at, code=code, provision_id=provision_id, said={"words": words}
        )
        self._add(alert, entry)

    def _add(self, row: Insert, entry: NewEntry) -> None:
        [seq] = self._ledger.append([entry])
        self._session.connection.execute(row.values(**self._own, ledger_seq=seq))
