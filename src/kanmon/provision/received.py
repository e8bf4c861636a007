"""What one client received, as its own staff may read it again; nothing of it says why a row has no score."""

from typing import Protocol

from kanmon.ids import ClientId, ProvisionId
from kanmon.provision.report import Report


class ReceivedReports(Protocol):
    """The reports of one client at a time; another client's are not there."""

    def report(self, client: ClientId, provision: ProvisionId) -> Report | None:
        """A report as it was handed over; None where the client has none of that number."""
