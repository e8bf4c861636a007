"""What one client received, as its own staff may read it again; nothing of it says why a row has no score."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.ids import ApplicantId, ClientId, ProvisionId
from kanmon.provision.report import Report


@dataclass(frozen=True)
class StaleNotice:
    """A score that a client received and that no longer counts; why, and of what, is the person's affair."""

    provision_id: ProvisionId
    applicant_id: ApplicantId
    provided_at: datetime
    told_at: datetime


class ReceivedReports(Protocol):
    """The reports of one client at a time; another client's are not there."""

    def stale(self, client: ClientId) -> Sequence[StaleNotice]:
        """What a client was told no longer counts, newest first."""

    def report(self, client: ClientId, provision: ProvisionId) -> Report | None:
        """A report as it was handed over; None where the client has none of that number."""
