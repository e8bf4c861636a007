"""Requests to recipients to erase what they got, wired over one open application."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kanmon.application.application import Application
from kanmon.core.clock import day_of
from kanmon.core.ids import IncidentId, MemberId
from kanmon.gate.switch.service import StopSwitch
from kanmon.incidents.model import FactKind
from kanmon.incidents.service import IncidentLog
from kanmon.rights.recall.service import Recall, Recalls, RecallTick


@dataclass(frozen=True)
class RecallService:
    """What doors ask about recalls."""

    application: Application

    def tick(self) -> RecallTick:
        """Ask, remind and stop as it is due; done twice, it does nothing the second time.

        Then `ErasureDesk.render_reports`.
        """
        clock = self.application.clock
        with self.application.transactions.begin_recalls() as (terms, store, stops, ledger):
            switch = StopSwitch(stops, ledger, clock, terms)
            return Recalls(store, ledger, clock).tick(switch)

    def ask_recipients_of_incident(self, incident_id: str, by: str) -> Sequence[Recall]:
        """Ask each client to erase its own rows of whom an incident affects; asked again, only new rows. Then
        `ErasureDesk.render_reports`.

        `UsageError` where no such incident is known, or whom it affects isn't yet.
        """
        clock = self.application.clock
        with self.application.transactions.begin_recall_of_incident() as (terms, store, incidents, ledger):
            asked = Recalls(store, ledger, clock).ask_for_incident(incident_id)
            log = IncidentLog(incidents, ledger, clock, terms)
            log.note(IncidentId(incident_id), FactKind.RECALL, {"requests": len(asked)}, by)
            return asked

    def all(self) -> Sequence[Recall]:
        """Every request to a recipient, oldest first."""
        with self.application.transactions.read_recalls() as records:
            return records.all()

    def of(self, member: MemberId) -> Sequence[Recall]:
        """What recipients were asked to erase about a member, oldest first."""
        with self.application.transactions.read_recalls() as records:
            return records.of(member)

    def late(self) -> int:
        """How many requests are overdue now."""
        today = self.today()
        with self.application.transactions.read_recalls() as records:
            return sum(one.due_on < today for one in records.open())

    def today(self) -> date:
        """The day acted on, in Japan."""
        return day_of(self.application.clock.now())
