"""Requests to recipients to erase what they got, wired over one open application."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kanmon.application.application import Application
from kanmon.core.clock import day_of
from kanmon.core.ids import IncidentId, MemberId
from kanmon.gate.switch.service import StopSwitch
from kanmon.gate.switch.store import StopStore
from kanmon.incidents.model import FactKind
from kanmon.incidents.service import IncidentLog
from kanmon.incidents.store import PostgresIncidentStore
from kanmon.rights.recall.service import Recall, Recalls, RecallTick
from kanmon.rights.recall.store import PostgresRecallStore, RecallRecords


@dataclass(frozen=True)
class RecallService:
    """What doors ask about recalls."""

    application: Application

    def tick(self) -> RecallTick:
        """Ask, remind and stop as it is due; done twice, it does nothing the second time.

        Then `ErasureDesk.render_reports`.
        """
        clock = self.application.clock
        with self.application.transactions.begin(waits=True) as work:
            switch = StopSwitch(StopStore(work.session), work.ledger, clock, work.terms)
            return Recalls(PostgresRecallStore(work.session), work.ledger, clock).tick(switch)

    def ask_recipients_of_incident(self, incident_id: str, by: str) -> Sequence[Recall]:
        """Ask each client to erase its own rows of whom an incident affects; asked again, only new rows. Then
        `ErasureDesk.render_reports`.

        `UsageError` where no such incident is known, or whom it affects isn't yet.
        """
        clock = self.application.clock
        with self.application.transactions.begin(waits=True) as work:
            terms = work.terms
            asked = Recalls(PostgresRecallStore(work.session), work.ledger, clock).ask_for_incident(incident_id)
            log = IncidentLog(PostgresIncidentStore(work.session), work.ledger, clock, terms)
            log.note(IncidentId(incident_id), FactKind.RECALL, {"requests": len(asked)}, by)
            return asked

    def all(self) -> Sequence[Recall]:
        """Every request to a recipient, oldest first."""
        with self.application.transactions.read() as work:
            return RecallRecords(work.session).all()

    def open(self) -> Sequence[Recall]:
        """Every request that nobody certified yet, oldest first."""
        with self.application.transactions.read() as work:
            return RecallRecords(work.session).open()

    def of(self, member: MemberId) -> Sequence[Recall]:
        """What recipients were asked to erase about a member, oldest first."""
        with self.application.transactions.read() as work:
            return RecallRecords(work.session).of(member)

    def late(self) -> int:
        """How many requests are overdue now."""
        today = self.today()
        return sum(recall.due_on < today for recall in self.open())

    def today(self) -> date:
        """The day acted on, in Japan."""
        return day_of(self.application.clock.now())
