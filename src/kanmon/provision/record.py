"""The record of third-party provision (第三者提供記録) that is written before a report leaves.

APPI Art. 29, Enforcement Rules 19 to 21: that consent was obtained, the recipient's name, address and
representative, who the person is, which items. The moment is kept as well, though the law asks it only elsewhere: of
person-related information (Art. 31, Enforcement Rules 28), whose record says how and when the recipient's consent was
confirmed, when it was provided, to whom, and which items.
"""

from dataclasses import dataclass
from datetime import date, datetime

from kanmon.clients.categories import ScoreScale
from kanmon.clients.confirmation import Confirmation
from kanmon.clients.contract import Client
from kanmon.clients.price import recorded
from kanmon.core.clock import day_of
from kanmon.core.ids import (
    ApplicantId,
    ApplicantNo,
    ClientId,
    EvidenceId,
    MemberNo,
    ModelId,
    ProvisionId,
    RunId,
    SeasonId,
)
from kanmon.provision.report import columns
from kanmon.scoring.score import Score

RETENTION_YEARS = 3
"""Years that a record made at each single provision is kept (Enforcement Rules Art. 21)."""
RETENTION_METHOD = "SINGLE"
"""Each provision has a record of its own; batch and contract records are kept for other periods."""


def provision_id(run_id: RunId, client_id: ClientId) -> ProvisionId:
    """The ID of what a run provides to a client: a run provides to each once."""
    return ProvisionId(f"{run_id}-{client_id}")


@dataclass(frozen=True, slots=True)
class ProvidedPerson:
    """One person's line of a provision: on which consent which score went."""

    applicant_no: ApplicantNo
    applicant_id: ApplicantId
    member_no: MemberNo | None
    evidence_id: EvidenceId | None
    """The act of consent; None where the person is known to nobody here and the client's confirmation is the ground."""
    score_no: int
    score: Score
    category: str | None
    items: tuple[str, ...]
    confirmation: Confirmation | None = None
    """The consent that the recipient obtained and we confirmed, for person-related information (Art. 31)."""


@dataclass(frozen=True)
class Provision:
    """One provision of a report to one client; instants in UTC."""

    provision_id: ProvisionId
    run_id: RunId
    client: Client
    season: SeasonId
    provided_at: datetime
    real_at: datetime
    is_replay: bool
    law_profile_id: str
    model_id: ModelId | None
    content_sha256: str
    scale: ScoreScale
    persons: tuple[ProvidedPerson, ...]

    @property
    def benefit(self) -> dict[str, object] | None:
        """What it brings by the contract's price; None where none is stated."""
        return recorded(self.client.contract.price, len(self.persons))

    @property
    def retain_until(self) -> date:
        """The last day on which the records must still be there."""
        return retain_until(self.provided_at)


def retain_until(created_at: datetime) -> date:
    """The same day three years later, in Japan; a 29 February becomes 1 March, never a day too early."""
    day = day_of(created_at)
    try:
        return day.replace(year=day.year + RETENTION_YEARS)
    except ValueError:
        return date(day.year + RETENTION_YEARS, 3, 1)


def items_provided(has_categories: bool) -> tuple[str, ...]:
    """The items of personal data in a report, in concrete words (Guidelines 3-7-4-3-1)."""
    return tuple(column.item for column in columns(has_categories))
