"""Matters of an authority over an open application, for the command line and the privacy owner's portal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from kanmon.access.account import Account, Role
from kanmon.access.store.accounts import PostgresAccountStore
from kanmon.application.application import Application
from kanmon.core.clock import day_of
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.ids import MatterId
from kanmon.core.language import N_
from kanmon.incidents.matters.model import DUE, Matter, Paper
from kanmon.incidents.matters.service import MatterLog
from kanmon.incidents.matters.store import MatterRecords, PostgresMatterStore

KEEPERS = (Role.PRIVACY_OWNER, Role.LEGAL)
"""Who records matters of an authority."""


@dataclass(frozen=True)
class Matters:
    """The matters of a workspace."""

    application: Application

    @contextmanager
    def recording(self) -> Iterator[MatterLog]:
        """The log of one transaction, which is kept when the block ends."""
        with self.application.transactions.begin(waits=True) as work:
            yield MatterLog(PostgresMatterStore(work.session), work.ledger, self.application.clock)

    def keeper(self, name: str) -> Account:
        """The account of that name, of a privacy owner or of legal; `UsageError` where there is none."""
        with self.application.transactions.begin() as work:
            found = PostgresAccountStore(work.session).find(name)
        if found is None or found[0].role not in KEEPERS:
            raise UsageError(N_("%(name)s is no account of a privacy owner or of legal"), name=name)
        return found[0]

    def matters(self) -> Sequence[Matter]:
        """All matters, the newest first."""
        with self.application.transactions.read() as work:
            return MatterRecords(work.session).matters()[::-1]

    def due(self) -> Sequence[Matter]:
        """The matters that somebody has to see to now, the earliest last day first; those without a day come last."""
        today = self.today()
        found = [matter for matter in self.matters() if matter.state(today) in DUE]
        return sorted(found, key=lambda matter: (matter.due_on or date.max, matter.matter_id))

    def matter(self, number: MatterId) -> Matter:
        """One matter; `NotFound` where there is none."""
        with self.application.transactions.read() as work:
            found = MatterRecords(work.session).matter(number)
        if found is None:
            raise NotFound(N_("no matter %(matter)s is known"), matter=number)
        return found

    def paper(self, number: MatterId, step_no: int) -> Paper:
        """The paper that a step brought; `NotFound` where it brought none."""
        step = next((step for step in self.matter(number).papers if step.step_no == step_no), None)
        with self.application.transactions.read() as work:
            content = MatterRecords(work.session).content(number, step_no)
        if step is None or content is None:
            raise NotFound(N_("%(matter)s has no paper %(step)s"), matter=number, step=step_no)
        return Paper(str(step.body["name"]), content)

    def today(self) -> date:
        """The day in Japan on which matters are looked at."""
        return day_of(self.application.clock.now())
