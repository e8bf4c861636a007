"""What the platform and a client agreed: scheme, seasons, purpose, what a report looks like."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kanmon.clients.price import Price
from kanmon.consent.abroad import LawAbroad
from kanmon.core.errors import UnknownClient, UsageError
from kanmon.core.ids import ClientId, SeasonId
from kanmon.core.language import N_


class Scheme(StrEnum):
    """How a client names its applicants."""

    COOKIE = "A"
    HASHED_NAMES = "A2"
    PERSONAL_DATA = "B"


class ScoreTarget(StrEnum):
    """What of leaving a client's scores speak of: two acts at different times."""

    BOTH = "both"
    SELECTION_WITHDRAWAL = "selection_withdrawal"
    OFFER_DECLINE = "offer_decline"


class LegalBasis(StrEnum):
    """On what a contract says that data are used; there is no value for opt-out or joint use (APPI-24)."""

    CONSENT = "consent"
    ENTRUSTMENT = "entrustment"


NO_BASIS: Mapping[str, str] = {
    "statistics": N_(
        "“%(value)s” is no basis for scores: the exception for statistics (Act 56 of 2026) is for results that single "
        "out nobody, and a score is about one identified person. Only consent opens the gate"
    ),
    "no_effect_on_person": N_(
        "“%(value)s” is no basis for scores: the exception for acts without effect on the person (Act 56 of 2026) is "
        "not for them, since a client acts on a score towards the person. Only consent opens the gate"
    ),
    "opt_out": N_("“%(value)s” is no basis for scores: nobody's silence is consent. Only consent opens the gate"),
    "joint_use": N_(
        "“%(value)s” is no basis for scores: a client is a recipient of its own. Only consent opens the gate"
    ),
}
"""Exceptions from consent that the law has for other data, each with the reason why no score goes by it (APPI-28)."""
_ALSO_CALLED = {
    "statistical": "statistics", "statistical_purpose": "statistics", "statistical_purposes": "statistics",
    "statistics_exception": "statistics", "統計": "statistics", "統計作成": "statistics", "統計作成等": "statistics",
    "no_effect": "no_effect_on_person", "no_harm": "no_effect_on_person", "本人への影響なし": "no_effect_on_person",
    "optout": "opt_out", "オプトアウト": "opt_out", "共同利用": "joint_use",
}  # fmt: skip


def no_basis(named: object) -> str | None:
    """The reason (a message id with `value`) why an exception from consent is no basis; None where it names none."""
    word = "_".join(unicodedata.normalize("NFKC", str(named)).casefold().replace("-", " ").replace("_", " ").split())
    return NO_BASIS.get(_ALSO_CALLED.get(word, word))


@dataclass(frozen=True)
class ScoreCategory:
    """A symbol (★, ● ...) for scores at or above a cut-off, or for the highest share of this year's cohort (S6)."""

    symbol: str
    cut_off: float | None
    """From 0 to 1; None until a cohort says where its highest share begins."""
    top: float | None = None
    """The share of this year's cohort, with all categories above it; None where the cut-off is fixed."""


@dataclass(frozen=True)
class Contract:
    """The terms in force between the platform and one client; instants are in UTC, None is "not done"."""

    scheme: Scheme
    starts_at: datetime
    ends_at: datetime
    trains_on: SeasonId
    scores: SeasonId
    purpose: str
    prohibited_uses: frozenset[str]
    score_column: str
    no_score: str
    categories: tuple[ScoreCategory, ...]
    """From the highest to the lowest, a person has the first that fits; empty where the client wants none."""
    use_agreement_signed_at: datetime | None
    pre_use_check_at: datetime | None
    client_notice_published_at: datetime | None
    necessity: str | None
    legal_basis: LegalBasis = LegalBasis.CONSENT
    decision_lock: bool = False
    """Whether no score opens before the client's decision about its applicant."""
    withheld_share: float | None = None
    """The share of applicants whose scores wait for the decision, for the use audit; None without such an audit."""
    stages: tuple[str, ...] = ()
    """The stages of the selection that rows of applicants and decisions may name; empty where the contract lists none.

    A decision lock needs them: without the list no decision opens anything.
    """
    price: Price | None = None
    """What the client pays; None where the contract doesn't say, and then the benefit of a provision is not known."""
    laws: tuple[LawAbroad, ...] = ()
    """Laws abroad that hold for the client or its applicants, and add duties."""
    target: ScoreTarget = ScoreTarget.BOTH
    """What its scores foresee."""
    offer_stages: tuple[str, ...] = ()
    """The stages, of those listed, at which an applicant has an offer; empty where the contract doesn't say."""

    @property
    def opening_stages(self) -> frozenset[str] | None:
        """The stages whose decisions open scores; None where any does, under a contract without lock and list."""
        return frozenset(self.stages) if self.decision_lock or self.stages else None

    def next_act(self, stage: str | None) -> ScoreTarget | None:
        """The act by which somebody at a stage may leave next; None where the contract or the row doesn't say."""
        if not self.offer_stages or stage not in self.stages:
            return None
        return ScoreTarget.OFFER_DECLINE if stage in self.offer_stages else ScoreTarget.SELECTION_WITHDRAWAL


@dataclass(frozen=True)
class Client:
    """A company under contract (契約企業)."""

    client_id: ClientId
    legal_name: str
    address: str
    representative: str
    contract: Contract


@dataclass(frozen=True)
class Season:
    """A yearly product of the board (年度)."""

    season_id: SeasonId
    opens_at: datetime
    main_opens_at: datetime | None
    closes_at: datetime


class ReviewRole(StrEnum):
    """The viewpoints from which a release is reviewed (複眼的チェック)."""

    AUTHOR = "author"
    OPERATOR = "operator"
    PRIVACY_OWNER = "privacy_owner"
    STUDENT_ADVOCATE = "student_advocate"
    LEGAL = "legal"


@dataclass(frozen=True)
class Approval:
    """One reviewer's approval of a release, from one viewpoint."""

    role: ReviewRole
    person: str
    approved_at: datetime


@dataclass(frozen=True)
class ProductRelease:
    """A release of this service as the review approved it; research and development skips nothing."""

    release_id: str
    is_research: bool
    approvals: tuple[Approval, ...]


class GroupRole(StrEnum):
    """What another company of the group is to the platform."""

    PARENT = "parent"
    AFFILIATE = "affiliate"


@dataclass(frozen=True)
class GroupCompany:
    """A company of the platform's group; the legal of a parent judges releases as well (measure 4)."""

    legal_name: str
    role: GroupRole


@dataclass(frozen=True)
class Platform:
    """Who runs the board and provides the scores."""

    legal_name: str
    address: str
    representative: str
    notification_number: str | None = None
    """Under which it is notified as a provider of recruiting information (Employment Security Act); None: not said."""
    group: tuple[GroupCompany, ...] = ()
    """Other companies of its group that have a part in the service."""


@dataclass(frozen=True)
class ServiceTerms:
    """All that `service.yaml` says beside policies and screens."""

    law_profile_id: str
    platform: Platform
    release: ProductRelease | None
    seasons: Mapping[SeasonId, Season]
    clients: Mapping[ClientId, Client]

    def check_known(self, client: ClientId | None, season: SeasonId | None) -> None:
        """`UnknownClient` for a client without a contract, `UsageError` for a season that isn't known; None is fine."""
        if client is not None:
            self.chosen([client], None)
        if season is not None and season not in self.seasons:
            raise UsageError(
                N_("no season %(season)s is known; there are: %(known)s"),
                season=season,
                known=", ".join(sorted(self.seasons)),
            )

    def chosen(self, clients: Sequence[ClientId], season: SeasonId | None) -> list[Client]:
        """The clients asked for (all, where none is named) whose contract scores `season` (any, where None).

        `UnknownClient` names a client without a contract.
        """
        unknown = [client for client in clients if client not in self.clients]
        if unknown:
            raise UnknownClient(
                N_("no contract was loaded for client %(client)s; there are contracts for: %(known)s"),
                client=unknown[0],
                known=", ".join(sorted(self.clients)),
            )
        return [
            self.clients[client]
            for client in clients or sorted(self.clients)
            if season is None or self.clients[client].contract.scores == season
        ]
