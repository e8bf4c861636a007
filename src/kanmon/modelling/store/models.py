"""Model versions and their approvals in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Boolean, Row, func, insert, select, text

from kanmon.consent.evidence import ConsentAct
from kanmon.consent.store.acts import consent_acts, enter_acts
from kanmon.core.errors import LogInconsistent
from kanmon.core.ids import ApplicantNo, ClientId, EvidenceId, RunId, SeasonId
from kanmon.core.language import N_
from kanmon.db.tables.work import model_approval, prediction_model
from kanmon.db.tables.work import training as trained
from kanmon.db.unit_of_work import ReadSession, RowBatch, WriteSession
from kanmon.features.basis import Basis
from kanmon.features.news import LakeState
from kanmon.ledger.store.bound_rows import BoundRows
from kanmon.modelling.registry import ModelApproval, NewestCard, RegisteredModel, Training

_LEARNED_FROM_ERASED = func.learned_from_erased(
    prediction_model.c.model_id, prediction_model.c.client_id, prediction_model.c.season_id, type_=Boolean
)

_NOT_ENTERED = """
    c.action = 'accept' AND e.ledger_seq IS NULL AND c.member_no IN (
        SELECT member_no FROM applicant WHERE client_id = :client AND season_id = :season
    )
"""
_KEYS = text(
    """
    SELECT consent_no, key FROM consent_entry JOIN ledger_secret ON seq = ledger_seq WHERE consent_no = ANY (:acts)
    """
)


class ModelRecords:
    """Model versions and approvals, read in one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session

    def versions(self, client: ClientId) -> Sequence[RegisteredModel]:
        """All versions of a client's model, newest first."""
        self._session.act_for(client)
        models = prediction_model.c
        asked = select(prediction_model).where(models.client_id == client).order_by(models.version.desc())
        return [_registered(row) for row in self._session.connection.execute(asked)]

    def approvals(self, client: ClientId) -> Sequence[ModelApproval]:
        """All approvals of a client's models, oldest first."""
        self._session.act_for(client)
        asked = model_approval.c
        found = select(asked.model_id, asked.client_id, asked.approved_by, asked.because, asked.approved_at)
        ordered = found.where(asked.client_id == client).order_by(asked.approved_at)
        return [ModelApproval(*row) for row in self._session.connection.execute(ordered)]

    def newest_card(self, client: ClientId) -> NewestCard | None:
        """The card of the newest version of a client's model; None where it has none."""
        self._session.act_for(client)
        models, given = prediction_model.c, model_approval.c
        is_approved = select(given.model_id).where(given.model_id == models.model_id).exists()
        asked = select(models.card, is_approved).where(models.client_id == client).order_by(models.version.desc())
        row = self._session.connection.execute(asked.limit(1)).one_or_none()
        return None if row is None else NewestCard(*row)


class ModelStore(ModelRecords):
    """See `modelling.registry.ModelRegistry`; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writing = session

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
        """The newest version approved at or before `at`, and trained from what was known by then, by nobody erased.

        Raises `LogInconsistent` where it is not the model that was registered, or its approvals not those given.
        """
        self._session.act_for(client)
        asked = (
            select(prediction_model)
            .join(model_approval, model_approval.c.model_id == prediction_model.c.model_id)
            .where(
                prediction_model.c.client_id == client,
                prediction_model.c.artefact.is_not(None),
                ~_LEARNED_FROM_ERASED,
                prediction_model.c.acted_at <= at,
                model_approval.c.approved_at <= at,
            )
            .order_by(prediction_model.c.version.desc())
            .limit(1)
        )
        row = self._session.connection.execute(asked).one_or_none()
        if row is None:
            return None
        kinds = ("prediction_model", "model_artefact", "model_approval")
        differing = BoundRows(self._session).differing_in([(kind, (client, row.model_id)) for kind in kinds])
        if any(keys != frozenset() for keys in differing):
            raise LogInconsistent(
                N_("model %(model)s of %(client)s is not what was registered: look with `kanmon audit ledger`"),
                model=row.model_id,
                client=client,
            )
        return _registered(row)

    def agreements_not_entered(self, client: ClientId, season: SeasonId) -> Sequence[ConsentAct]:
        """See `modelling.training_list.AgreementStore`."""
        self._session.act_for(client)
        return list(consent_acts(self._session.connection, _NOT_ENTERED, client=client, season=season))

    def enter_agreements(self, seqs: Mapping[EvidenceId, int]) -> None:
        """See `modelling.training_list.AgreementStore`."""
        enter_acts(self._writing, seqs)

    def keys_of(self, evidence: Collection[EvidenceId]) -> Mapping[EvidenceId, bytes]:
        """See `modelling.training_list.AgreementStore`."""
        found = self._session.connection.execute(_KEYS, {"acts": list(evidence)})
        return {EvidenceId(number): bytes(key) for number, key in found}

    def add(self, model: RegisteredModel, labels: Mapping[ApplicantNo, bytes]) -> None:
        """Keep a new version for good, and from whom it learned, each under a label."""
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
                training_root=model.training_root,
                ledger_seq=model.ledger_seq,
            )
        )
        names = (model.client_id, model.model_id)
        kinds = ("prediction_model", "model_artefact")
        self._writing.added += [RowBatch(kind, names, model.client_id) for kind in kinds]
        rows = ((model.model_id, model.client_id, number, label) for number, label in labels.items())
        self._writing.copy("model_training", ("model_id", "client_id", "applicant_no", "label"), rows)

    def note(self, run_id: RunId, acted_at: datetime, training: Training) -> None:
        """Note what a model was trained from, or stands on, at `acted_at`."""
        self._session.act_for(training.model.client_id)
        self._session.connection.execute(
            insert(trained).values(
                run_id=run_id,
                client_id=training.model.client_id,
                season_id=training.model.season,
                model_id=training.model.model_id,
                acted_at=acted_at,
                asked_sha256=training.basis.asked_sha256,
                lake_state=training.basis.lake,
                is_accepted=training.is_accepted,
                auc=training.auc,
            )
        )

    def standing(self, client: ClientId, season: SeasonId, at: datetime) -> Training | None:
        """The newest training at `at`; None where its model isn't the client's newest, or learned from an erased."""
        newest = self.newest(client)
        if newest is None or not newest.artefact:
            return None
        noted = trained.c
        asked = (
            select(trained, _LEARNED_FROM_ERASED.label("is_spoilt"))
            .join(prediction_model, prediction_model.c.model_id == noted.model_id)
            .where(noted.client_id == client, noted.season_id == season, noted.acted_at <= at)
            .order_by(noted.acted_at.desc(), noted.training_no.desc())
            .limit(1)
        )
        row = self._session.connection.execute(asked).one_or_none()
        if row is None or row.is_spoilt or row.model_id != newest.model_id:
            return None
        return Training(Basis(row.asked_sha256, LakeState(row.lake_state)), newest, row.is_accepted, row.auc)

    def approve(self, approval: ModelApproval) -> None:
        """Keep an approval for good."""
        self._session.act_for(approval.client_id)
        given = insert(model_approval).values(
            model_id=approval.model_id,
            client_id=approval.client_id,
            approved_by=approval.approved_by,
            because=approval.because,
            approved_at=approval.approved_at,
        )
        number = self._session.connection.scalar(given.returning(model_approval.c.approval_no))
        names = (approval.client_id, approval.model_id)
        self._writing.added.append(RowBatch("model_approval", names, approval.client_id, (str(number),)))


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
        training_root=None if row.training_root is None else bytes(row.training_root),
        ledger_seq=row.ledger_seq,
    )
