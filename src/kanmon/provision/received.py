"""What one client received, as its own staff may read it again; nothing of it says why a row has no score.

Keeping a report readable is providing it (Guidelines 2-17): what the stop switch closes is not readable, while the
law's records of it stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.core.errors import NotFound, ProvidingStopped
from kanmon.core.ids import ApplicantId, ClientId, ProvisionId, SeasonId
from kanmon.core.language import N_
from kanmon.gate.switch.model import WHOLE_SERVICE, Halt, SwitchScope, is_closed, stopped_scopes, stops_at
from kanmon.provision.receipt import DeliveryReceipt
from kanmon.provision.report import Report


@dataclass(frozen=True)
class StaleNotice:
    """A score that a client received and that no longer counts; why, and of what, is the person's affair."""

    provision_id: ProvisionId
    applicant_id: ApplicantId
    provided_at: datetime
    told_at: datetime


@dataclass(frozen=True)
class DisputedScore:
    """A score that a client opened and that its person asks a human to look at again, while that is under way."""

    request_no: int
    provision_id: ProvisionId
    """The newest report that the client acknowledged with it."""
    applicant_id: ApplicantId
    provided_at: datetime
    asked_at: datetime
    words: str
    """The person's own, for the client to read; empty where there are none."""
    answered_at: datetime | None
    """When the client answered; None while it has not."""


class ReceivedReports(Protocol):
    """The reports of one client at a time; another client's are not there."""

    def stale(self, client: ClientId) -> Sequence[StaleNotice]:
        """What a client was told no longer counts, newest first."""

    def disputed(self, client: ClientId) -> Sequence[DisputedScore]:
        """The scores that the client opened and that are disputed, the nearest deadline first."""

    def report(self, client: ClientId, provision: ProvisionId) -> tuple[SeasonId, Report] | None:
        """A report without what was asked back since; None where the client has none of that number."""

    def halts(self, client: ClientId) -> Sequence[Halt]:
        """All acts of the stop switch in their order, and incidents' holds, each with what it closes to the client.

        Of those whom an incident affects, a row closes its report until the client is asked to erase it: from then on
        the row alone is hidden, as that of a person who withdrew, and the client cannot tell the two apart.
        """


def readable(
    acts: Sequence[Halt], client: ClientId, delivered: Sequence[DeliveryReceipt], at: datetime
) -> Sequence[DeliveryReceipt]:
    """What a client may read now of what was handed over to it; the stop switch holds the rest."""
    return [one for one in delivered if not _is_closed(acts, client, one.season, one.provided_at, at)]


def is_stopped(acts: Sequence[Halt], client: ClientId, at: datetime) -> bool:
    """Whether providing to a client is stopped, by its own switch or by that of the whole service."""
    return bool(stopped_scopes(acts, at) & {WHOLE_SERVICE, SwitchScope(client_id=client)})


def readable_report(store: ReceivedReports, client: ClientId, provision: ProvisionId, at: datetime) -> Report:
    """One report; `NotFound` where the client has none of that number, `ProvidingStopped` where the switch holds it."""
    found = store.report(client, provision)
    if found is None:
        raise NotFound(N_("this page does not exist, or your account may not see it"))
    season, report = found
    if _is_closed(store.halts(client), client, season, report.provided_at, at):
        raise _stopped()
    return report


def _is_closed(acts: Sequence[Halt], client: ClientId, season: SeasonId, provided_at: datetime, at: datetime) -> bool:
    return is_closed(stops_at(acts, client, season, at), client, season, provided_at)


def _stopped() -> ProvidingStopped:
    return ProvidingStopped(
        N_("Providing is stopped. What was provided can't be read here now; please ask the job board.")
    )
