"""Scores, provisions and their records in PostgreSQL."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy import insert, select, text

from kanmon.clients.contract import ScoreTarget
from kanmon.consent.evidence import ConsentAct
from kanmon.consent.store.acts import consent_acts, enter_acts
from kanmon.core.ids import ApplicantNo, ClientId, EvidenceId, ModelId, ProvisionId, RunId, SeasonId
from kanmon.db.locks import share_consents
from kanmon.db.tables.work import provision as provision_table
from kanmon.db.unit_of_work import RowBatch, WriteSession
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.bound_rows import BoundRows, applicants_of, enter
from kanmon.ledger.store.bound_tables import Batch
from kanmon.provision.evidence import LedgerPlaces
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.record import RETENTION_METHOD, Provision
from kanmon.provision.report import Report
from kanmon.provision.service import ComputedScore, EarlierProvision
from kanmon.provision.store.hidden_rows import HiddenRows
from kanmon.scoring.score import Score, scale_named

# What a person withdrew after looking again doesn't come back by being computed again: only another model can.
_NEWEST_SCORES = text(
    """
    WITH withdrawn AS MATERIALIZED (
        SELECT w.applicant_no, w.model_id
        FROM stale_score v JOIN person_request q USING (request_no) JOIN score w USING (score_no)
        WHERE v.client_id = :client AND q.type = 'review' AND v.stale_at <= :at
    )
    SELECT DISTINCT ON (s.applicant_no) s.applicant_no, s.score_no, s.value, s.scale, s.computed_at, s.model_id,
        s.run_id, coalesce(s.explanation ->> 'predicted', 'both') AS predicted,
        coalesce(model.card ->> 'target', 'both') AS target,
        EXISTS (SELECT FROM stale_score stale WHERE stale.score_no = s.score_no AND stale.stale_at <= :at)
            OR (s.applicant_no, s.model_id) IN (SELECT applicant_no, model_id FROM withdrawn) AS is_stale
    FROM score s JOIN applicant a USING (applicant_no)
    LEFT JOIN prediction_model model ON (model.client_id, model.model_id) = (s.client_id, s.model_id)
    WHERE s.client_id = :client AND a.season_id = :season AND s.computed_at <= :at
    ORDER BY s.applicant_no, s.computed_at DESC, s.score_no DESC
    """
)
_APPLICANTS = text("SELECT applicant_no FROM score WHERE client_id = :client AND score_no::text = ANY (:scores)")
_NEWEST_PROVISION = text(
    """
    SELECT provision_id, run_id, content_sha256 FROM provision
    WHERE client_id = :client AND season_id = :season
    ORDER BY acted_at DESC, real_at DESC LIMIT 1
    """
)
_PROVIDED = text(
    """
    WITH mine AS MATERIALIZED (
        SELECT applicant_no, member_no FROM applicant WHERE client_id = :client AND season_id = :season
    ), went AS MATERIALIZED (
        SELECT r.applicant_no, r.member_no, p.season_id, r.provided_at, p.handed_over_at IS NOT NULL AS is_handed_over
        FROM provision_record r JOIN provision p USING (client_id, provision_id) WHERE r.client_id = :client
    )
    SELECT applicant_no, season_id, max(provided_at), is_handed_over FROM (
        SELECT mine.applicant_no, went.season_id, went.provided_at, is_handed_over FROM mine JOIN went USING (member_no)
        UNION ALL
        SELECT mine.applicant_no, went.season_id, went.provided_at, is_handed_over
        FROM mine JOIN went USING (applicant_no)
    ) found GROUP BY applicant_no, season_id, provided_at, is_handed_over
    """
)
_UNTOLD = text(
    """
    INSERT INTO told_password (provision_id, client_id, told_to, told_at)
    SELECT provision_id, client_id, 'operator', :at FROM provision
    WHERE client_id = :client AND handed_over_at IS NOT NULL AND (report ->> 'is_encrypted')::boolean
    ON CONFLICT DO NOTHING RETURNING provision_id
    """
)
_HAS_ARTEFACT = text("SELECT artefact IS NOT NULL FROM prediction_model WHERE model_id = :model")
_OF_MODEL = ("prediction_model", "model_artefact", "model_approval")
_RELIED_ON = "consent_no = ANY (:numbers)"


class PostgresProvisionStore:
    """See `provision.service.ProvisionStore`; one transaction."""

    def __init__(self, session: WriteSession, seals: SealedRows) -> None:
        self._session = session
        self._seals = seals

    def hold(self, client: ClientId) -> datetime:
        """Share the consents and take the client's lock until the transaction ends."""
        return share_consents(self._session.connection, client)

    def newest_scores(self, client: ClientId, season: SeasonId, at: datetime) -> Mapping[ApplicantNo, ComputedScore]:
        """The newest score of each applicant, where it is one and isn't stale: no older one stands in for it."""
        self._session.act_for(client)
        found = self._session.connection.execute(_NEWEST_SCORES, {"client": client, "season": season, "at": at})
        return {
            row.applicant_no: ComputedScore(
                row.score_no,
                Score(row.value, scale_named(row.scale)),
                row.computed_at,
                row.model_id,
                row.run_id,
                ScoreTarget(row.predicted),
                ScoreTarget(row.target),
            )
            for row in found
            if row.value is not None and not row.is_stale
        }

    def unproved(
        self, client: ClientId, season: SeasonId, scores: Mapping[ApplicantNo, ComputedScore]
    ) -> frozenset[ApplicantNo]:
        """See `provision.service.ProvisionStore`."""
        self._session.act_for(client)
        newest = self._session.connection.execute(_NEWEST_PROVISION, {"client": client, "season": season}).one_or_none()
        models = sorted({score.model_id for score in scores.values()})
        of_models = [(kind, (client, model)) for model in models for kind in _OF_MODEL]
        of_scores = [("score", (client, run)) for run in sorted({score.run_id for score in scores.values()})]
        of_newest = [(kind, (client, newest.provision_id)) for kind in ("provision_record", "provision") if newest]
        of_stale = ("stale_score", (client,))
        asked: list[Batch] = [*of_models, *of_scores, *of_newest, of_stale]
        differing = dict(zip(asked, BoundRows(self._session).differing_in(asked), strict=True))
        spoilt = {model for model in models if not self._is_model_bound(client, model, differing)}
        if any(differing[batch] is None for batch in (*of_scores, *of_newest, of_stale)) or (
            newest is not None and differing[of_newest[1]]
        ):
            return frozenset(scores)
        keys = frozenset().union(*(differing[batch] or () for batch in (*of_scores, *of_newest)))
        stale = differing[of_stale] or frozenset()
        of_stale_scores = self._session.connection.scalars(_APPLICANTS, {"client": client, "scores": sorted(stale)})
        return (
            applicants_of(keys)
            | frozenset(map(ApplicantNo, of_stale_scores))
            | {number for number, score in scores.items() if score.model_id in spoilt}
        )

    def _is_model_bound(
        self, client: ClientId, model: ModelId, differing: Mapping[Batch, frozenset[str] | None]
    ) -> bool:
        """Whether a model and its approvals are what was recorded; its artefact may be gone, with somebody erased."""
        if any(differing[kind, (client, model)] != frozenset() for kind in ("prediction_model", "model_approval")):
            return False
        is_same = differing["model_artefact", (client, model)] == frozenset()
        return is_same or not self._session.connection.scalar(_HAS_ARTEFACT, {"model": model})

    def provided(self, client: ClientId, season: SeasonId) -> list[EarlierProvision]:
        """See `provision.service.ProvisionStore`."""
        self._session.act_for(client)
        found = self._session.connection.execute(_PROVIDED, {"client": client, "season": season})
        return [EarlierProvision(*row) for row in found]

    def newest_provision(self, client: ClientId, season: SeasonId) -> tuple[ProvisionId, RunId, str] | None:
        """The newest provision of a client's season."""
        self._session.act_for(client)
        row = self._session.connection.execute(_NEWEST_PROVISION, {"client": client, "season": season}).one_or_none()
        return None if row is None else (row.provision_id, row.run_id, row.content_sha256)

    def consents(self, relied_on: Collection[EvidenceId]) -> Mapping[EvidenceId, ConsentAct]:
        """The acts of consent that a provision relies on."""
        found = consent_acts(self._session.connection, _RELIED_ON, numbers=list(relied_on))
        return {act.evidence_id: act for act in found}

    def record(self, provision: Provision, logged: LedgerPlaces, report: Report) -> None:
        """Write the provision with the recipient as it was then, and a record for each person in it."""
        company = provision.client
        self._session.act_for(company.client_id)
        self._session.connection.execute(
            insert(provision_table).values(
                provision_id=provision.provision_id,
                run_id=provision.run_id,
                client_id=company.client_id,
                season_id=provision.season,
                acted_at=provision.provided_at,
                real_at=provision.real_at,
                is_replay=provision.is_replay,
                content_sha256=provision.content_sha256,
                law_profile_id=provision.law_profile_id,
                model_id=provision.model_id,
                recipient={
                    "legal_name": company.legal_name,
                    "address": company.address,
                    "representative": company.representative,
                },
                report=self._seals.seal(report),
                benefit=provision.benefit,
                ledger_seq=logged.provision,
            )
        )
        names = (company.client_id, provision.provision_id)
        self._session.added += [RowBatch(kind, names, company.client_id) for kind in ("provision", "provision_record")]
        enter_acts(self._session, logged.consents)
        columns = (
            "provision_id", "client_id", "applicant_no", "member_no", "consent_no", "items", "score_no", "provided_at",
            "created_at", "retain_until", "method", "ledger_seq", "confirmed_at", "confirmation_method",
        )  # fmt: skip
        self._session.copy(
            "provision_record",
            columns,
            (
                (
                    provision.provision_id,
                    company.client_id,
                    person.applicant_no,
                    person.member_no,
                    person.evidence_id,
                    list(person.items),
                    person.score_no,
                    provision.provided_at,
                    provision.real_at,
                    provision.retain_until,
                    RETENTION_METHOD,
                    seq,
                    person.confirmation.confirmed_at if person.confirmation else None,
                    person.confirmation.method if person.confirmation else None,
                )
                for person, seq in zip(provision.persons, logged.records, strict=True)
            ),
        )

    def enter(self, ledger: Ledger) -> None:
        """See `provision.service.ProvisionStore`."""
        enter(self._session, ledger, signs=False)

    def waiting_reports(self, client: ClientId) -> Iterator[tuple[SeasonId, Report]]:
        """Reports whose provision is recorded but whose files were not handed over yet, each with its season.

        One that is not what was provided stays where it is: the next provision to the client is refused for it.
        """
        self._session.act_for(client)
        found = self._session.connection.execute(
            text(
                "SELECT provision_id, season_id, acted_at, report FROM provision "
                "WHERE client_id = :client AND handed_over_at IS NULL ORDER BY acted_at"
            ),
            {"client": client},
        )
        rows, bound = HiddenRows(self._session, self._seals), BoundRows(self._session)
        for name, season, provided_at, stored in found.all():
            if bound.is_bound("provision", (client, name)):
                yield season, rows.opened(client, season, provided_at, stored)

    def tell_passwords(self, client: ClientId, at: datetime) -> Mapping[RunId, str]:
        """See `pipeline.ports.HandOver`."""
        self._session.act_for(client)
        told = list(self._session.connection.scalars(_UNTOLD, {"client": client, "at": at}))
        kept = self._session.connection.execute(
            select(provision_table.c.run_id, provision_table.c.report)
            .where(provision_table.c.client_id == client, provision_table.c.provision_id.in_(told))
            .order_by(provision_table.c.acted_at)
        )
        return {RunId(run): password for run, stored in kept if (password := self._seals.password(stored)) is not None}

    def mark_handed_over(self, provision_id: ProvisionId, client: ClientId, at: datetime) -> None:
        """Note when the report's files were put where the client finds them."""
        self._session.act_for(client)
        self._session.connection.execute(
            text("UPDATE provision SET handed_over_at = :at WHERE provision_id = :provision_id"),
            {"at": at, "provision_id": provision_id},
        )
