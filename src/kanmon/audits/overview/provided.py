"""What was provided, for the privacy owner: the provisions, and whom each is about on which consent; never a value.

APPI Art. 29, Enforcement Rules 19 to 21 (APPI-09): the record is searched and shown without the scores themselves, so
that looking through it reads nobody's score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from kanmon.audits.gap.model import Window
from kanmon.audits.overview.overview import ProvisionSummary
from kanmon.clients.contract import ServiceTerms
from kanmon.core.errors import NotFound
from kanmon.core.ids import (
    ApplicantId,
    ClientId,
    EvidenceId,
    MemberId,
    ModelId,
    ProvisionId,
    ScreenId,
    SeasonId,
    TextSha256,
)
from kanmon.core.language import N_

T = TypeVar("T")


@dataclass(frozen=True)
class ProvisionQuery:
    """Which provisions are looked for; None: whichever."""

    window: Window
    client_id: ClientId | None = None
    season: SeasonId | None = None


@dataclass(frozen=True)
class RecordedProvision:
    """One provision as its record says; instants in UTC."""

    seen: ProvisionSummary
    real_at: datetime | None
    """The machine's own moment where this was a replay, else None."""
    recipient: Mapping[str, str]
    """`legal_name`, `address` and `representative`, as they were then."""
    purpose: str
    prohibited_uses: Sequence[str]
    items: Sequence[str]
    """Empty where nobody was in it."""
    model_id: ModelId | None
    law_profile_id: str
    content_sha256: str
    retain_until: date | None
    """The last day on which its records must be there; None where nobody was in it."""


@dataclass(frozen=True)
class RecordedPerson:
    """One person's line of a provision, and what it rests on."""

    applicant_id: ApplicantId
    member_id: MemberId | None
    """None under scheme A, where the person is known to nobody here."""
    evidence_id: EvidenceId | None
    agreed_at: datetime | None
    screen_id: ScreenId | None
    text_sha256: TextSha256 | None
    confirmed_at: datetime | None
    """When the consent that the client obtained was confirmed, where it rests on that."""
    ledger_seq: int | None


@dataclass(frozen=True)
class PageOfList(Generic[T]):
    """Some of a list, from `start` (0 is the first) on; `is_more` where others follow."""

    items: Sequence[T]
    start: int
    is_more: bool


class ProvidedFacts(Protocol):
    """What the control plane tells of provisions, at one moment of it."""

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""

    def provisions(self, client: ClientId, asked: ProvisionQuery, most: int) -> Sequence[ProvisionSummary]:
        """The newest provisions to a client among those asked for, newest first."""

    def provision(self, client: ClientId, provision: ProvisionId) -> RecordedProvision | None:
        """One provision to a client; None where there is none of that number."""

    def persons(self, client: ClientId, provision: ProvisionId, start: int, most: int) -> Sequence[RecordedPerson]:
        """The persons of a provision in the order of its records, from `start` on."""


def provisions_asked(
    facts: ProvidedFacts, asked: ProvisionQuery, start: int, length: int
) -> PageOfList[ProvisionSummary]:
    """A part of the provisions to all clients, newest first."""
    clients = [asked.client_id] if asked.client_id is not None else sorted(facts.terms().clients)
    found = [seen for client in clients for seen in facts.provisions(client, asked, start + length + 1)]
    found.sort(key=lambda seen: seen.provided_at, reverse=True)
    return PageOfList(found[start : start + length], start, len(found) > start + length)


def provision_recorded(
    facts: ProvidedFacts, client: ClientId, provision: ProvisionId, start: int, length: int
) -> tuple[RecordedProvision, PageOfList[RecordedPerson]]:
    """One provision with a part of its persons; `NotFound` where there is none."""
    recorded = facts.provision(client, provision)
    if recorded is None:
        raise NotFound(N_("this page does not exist, or your account may not see it"))
    persons = facts.persons(client, provision, start, length + 1)
    return recorded, PageOfList(persons[:length], start, len(persons) > length)
