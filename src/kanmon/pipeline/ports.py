"""What the road needs of the world: transactions with everything in them, the lake, files, a way to tell progress."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from kanmon.clients.applicant import Applicant
from kanmon.clients.contract import ScoreCategory, ServiceTerms
from kanmon.consent.policy import PolicyVersion
from kanmon.core.ids import ApplicantNo, ClientId, MemberId, MemberNo, ProvisionId, RunId, SeasonId
from kanmon.features.service import FeatureEngine
from kanmon.gate.service import GateFacts, GateRecord
from kanmon.lake.cleared import ForeignStretch
from kanmon.ledger.service import Ledger
from kanmon.linkage.review import LinkReviewRecords
from kanmon.linkage.service import LinkRecords
from kanmon.modelling.outcome import KnownOutcome
from kanmon.modelling.registry import ModelRegistry, RegisteredModel
from kanmon.provision.report import Report
from kanmon.provision.service import ProvisionStore
from kanmon.provision.withholding import WithholdingStore
from kanmon.scoring.service import ScoredApplicant, ScoringEngine
from kanmon.scoring.standing import LatestScore, StandingScores


class ServiceReader(Protocol):
    """What `service.yaml` said."""

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""

    def policy_versions(self) -> Iterator[PolicyVersion]:
        """Every policy version ever loaded, as it was last read."""


class ApplicantReader(Protocol):
    """One client's applicants and outcomes."""

    def applicants(self, client: ClientId, season: SeasonId) -> Sequence[Applicant]:
        """All applicants of a client's season, in the client's order."""

    def outcomes(self, client: ClientId, season: SeasonId, known_at: datetime | None) -> Sequence[KnownOutcome]:
        """The outcomes of a client's season that had happened at `known_at` (None: all that are loaded)."""

    def not_theirs(
        self, client: ClientId, season: SeasonId, at: datetime
    ) -> Mapping[MemberNo, tuple[ForeignStretch, ...]]:
        """What was corrected, at `at` or before, in the history of members whom the client's rows are tied to."""

    def member_ids(self, numbers: Sequence[MemberNo]) -> Mapping[MemberNo, MemberId]:
        """The board's own ID of each member."""


class ScoreWriter(Protocol):
    """Where scores are kept, whatever they are."""

    def add(self, run_id: RunId, client: ClientId, computed_at: datetime, scored: Iterable[ScoredApplicant]) -> None:
        """Keep the answers of one scoring: a score or a reason for none, each with its consent."""

    def note(
        self, run_id: RunId, client: ClientId, season: SeasonId, asked_at: datetime, scores: StandingScores
    ) -> None:
        """Note which scores stand since `asked_at`, and what they follow from."""

    def standing(self, client: ClientId, season: SeasonId, at: datetime) -> StandingScores | None:
        """The newest scoring at `at`; None where an answer of it was erased or is stale."""

    def latest(self, client: ClientId, season: SeasonId, at: datetime) -> Mapping[ApplicantNo, LatestScore]:
        """The newest score of each scored applicant at `at`, with what was kept inside."""


class HandOver(ProvisionStore, Protocol):
    """Provisions, and which of their reports still wait for their files."""

    def waiting_reports(self, client: ClientId) -> Iterator[tuple[SeasonId, Report]]:
        """Reports whose provision is recorded but whose files were not handed over yet, each with its season."""

    def tell_passwords(self, client: ClientId, at: datetime) -> Mapping[RunId, str]:
        """The passwords of encrypted reports that were handed over and whose password no operator was told, by run.

        They count as told from then on, whether or not anybody reads them.
        """

    def mark_handed_over(self, provision_id: ProvisionId, client: ClientId, at: datetime) -> None:
        """Note when the report's files were put where the client finds them."""


class RunLog(Protocol):
    """Which runs there were."""

    def begin(self, run_id: RunId, command: str, acted_at: datetime, real_at: datetime, is_replay: bool) -> None:
        """Note that a run began."""

    def finish(self, run_id: RunId, at: datetime) -> None:
        """Note that a run ended well."""


class Transaction(Protocol):
    """Everything that can be read and written in one transaction."""

    service: ServiceReader
    facts: GateFacts
    record: GateRecord
    applicants: ApplicantReader
    models: ModelRegistry
    scores: ScoreWriter
    provisions: HandOver
    withholding: WithholdingStore
    runs: RunLog
    ledger: Ledger
    links: LinkRecords
    reviews: LinkReviewRecords


class Engine(FeatureEngine, ScoringEngine, Protocol):
    """What computes over the lake, on one machine or on many."""


class ReportFiles(Protocol):
    """Where a report's files go."""

    def hand_over(self, report: Report) -> str:
        """Write the files, whole or not at all, and return the folder they lie in."""


class ModelCards(Protocol):
    """Where model cards go for people to read."""

    def write(self, model: RegisteredModel, categories: Sequence[ScoreCategory]) -> str:
        """Write the card with its plot, beside the contract's categories, and return the folder it lies in."""
