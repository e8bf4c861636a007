"""Model versions and their approvals in PostgreSQL."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Boolean, Row, func, insert, select

from kanmon.adapters.postgres.tables import model_approval, prediction_model
from kanmon.adapters.unit_of_work import WriteSession
from kanmon.ids import ApplicantNo, ClientId
from kanmon.modelling.registry import ModelApproval, RegisteredModel


class ModelStore:
    """See `modelling.registry.ModelRegistry`; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def newest(self, client: ClientId) -> RegisteredModel | None:
        """The newest version of a client's model, approved or not."""
        self._session.act_for(client)
        asked = (
            select(prediction_model)
            .where(prediction_model.c.client_id == client)
            .order_by(prediction_model.c.version.desc())
            .limit(1)
        )
        row = self._session.connection.execute(asked).one_or_none()
        return None if row is None else _registered(row)

    def newest_approved(self, client: ClientId, at: datetime) -> RegisteredModel | None:
        """The newest version approved at or before `at`, and trained from what was known by then, by nobody erased."""
        self._session.act_for(client)
        asked = (
            select(prediction_model)
            .join(model_approval, model_approval.c.model_id == prediction_model.c.model_id)
            .where(
                prediction_model.c.client_id == client,
                prediction_model.c.artefact.is_not(None),
                ~func.learned_from_erased(
                    prediction_model.c.model_id,
                    prediction_model.c.client_id,
                    prediction_model.c.season_id,
                    type_=Boolean,
                ),
                prediction_model.c.acted_at <= at,
                model_approval.c.approved_at <= at,
            )
            .order_by(prediction_model.c.version.desc())
            .limit(1)
        )
        row = self._session.connection.execute(asked).one_or_none()
        return None if row is None else _registered(row)

    def add(self, model: RegisteredModel, trained_on: Collection[ApplicantNo]) -> None:
        """Keep a new version for good, and from whom it learned."""
        self._session.act_for(model.client_id)
        self._session.connection.execute(
            insert(prediction_model).values(
                model_id=model.model_id,
                client_id=model.client_id,
                version=model.version,
                season_id=model.season,
                run_id=model.run_id,
                trained_at=model.trained_at,
                acted_at=model.acted_at,
                artefact=model.artefact,
                card=model.card,
                sha256=model.training_sha256,
            )
        )
        rows = ((model.model_id, model.client_id, applicant_no) for applicant_no in trained_on)
        self._session.copy("model_training", ("model_id", "client_id", "applicant_no"), rows)

    def approve(self, approval: ModelApproval) -> None:
        """Keep an approval for good."""
        self._session.act_for(approval.client_id)
        self._session.connection.execute(
            insert(model_approval).values(
                model_id=approval.model_id,
                client_id=approval.client_id,
                approved_by=approval.approved_by,
                because=approval.because,
                approved_at=approval.approved_at,
            )
        )


def _registered(row: Row[tuple[object, ...]]) -> RegisteredModel:
    return RegisteredModel(
        model_id=row.model_id,
        client_id=row.client_id,
        version=row.version,
        season=row.season_id,
        run_id=row.run_id,
        trained_at=row.trained_at,
        acted_at=row.acted_at,
        artefact=bytes(row.artefact or b""),
        training_sha256=row.sha256,
        card=row.card,
    )
