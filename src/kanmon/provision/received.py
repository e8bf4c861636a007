"""What one client received, as its own staff may read it again; nothing of it says why a row has no score.

Keeping a report readable is providing it (Guidelines 2-17): what the stop switch closes is not readable, while the
law's records of it stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.errors import NotFound, ProvidingStopped
from kanmon.gate.stops import WHOLE_SERVICE, Scope, StopAct, is_closed, stopped_scopes, stops_at
from kanmon.ids import ClientId, ProvisionId, SeasonId
from kanmon.language import N_
from kanmon.provision.report import Report


@dataclass(frozen=True)
class Received:
    """One report that was handed over."""

    provision_id: ProvisionId
    season: SeasonId
    provided_at: datetime


class ReceivedReports(Protocol):
    """The reports of one client at a time; another client's are not there."""

    def list(self, client: ClientId) -> Sequence[Received]:
        """What was handed over to a client, newest first."""

    def report(self, client: ClientId, provision: ProvisionId) -> tuple[SeasonId, Report] | None:
        """A report as it was handed over; None where the client has none of that number."""

    def stop_acts(self) -> Sequence[StopAct]:
        """All acts of the stop switch, in the order in which they were recorded."""


def readable_reports(store: ReceivedReports, client: ClientId, at: datetime) -> Sequence[Received]:
    """The reports that a client may read now, newest first; `ProvidingStopped` where the switch holds all of them."""
    acts, every = store.stop_acts(), store.list(client)
    readable = [one for one in every if not _is_closed(acts, client, one.season, one.provided_at, at)]
    is_stopped = stopped_scopes(acts, at) & {WHOLE_SERVICE, Scope(client_id=client)}
    if is_stopped or (every and not readable):
        raise _stopped()
    return readable


def readable_report(store: ReceivedReports, client: ClientId, provision: ProvisionId, at: datetime) -> Report:
    """One report; `NotFound` where the client has none of that number, `ProvidingStopped` where the switch holds it."""
    found = store.report(client, provision)
    if found is None:
        raise NotFound(N_("there is nothing here for you under that address"))
    season, report = found
    if _is_closed(store.stop_acts(), client, season, report.provided_at, at):
        raise _stopped()
    return report


def _is_closed(
    acts: Sequence[StopAct], client: ClientId, season: SeasonId, provided_at: datetime, at: datetime
) -> bool:
    return is_closed(stops_at(acts, client, season, at), client, season, provided_at)


def _stopped() -> ProvidingStopped:
    return ProvidingStopped(
        N_("Providing is stopped. What was provided can't be read here now; please ask the job board.")
    )
