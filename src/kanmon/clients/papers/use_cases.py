"""Papers of clients over an open application, for the command line and the privacy owner's portal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kanmon.access.account import Account
from kanmon.application.application import Application
from kanmon.clients.contract import Client
from kanmon.clients.papers.due import AcknowledgedReports, UseDeadline, deadlines
from kanmon.clients.papers.model import ClientPaper, PaperDraft, PaperKind, StatingLoad, refusal_at
from kanmon.clients.papers.service import PaperService
from kanmon.clients.papers.store import PaperRecords, PostgresPaperStore
from kanmon.core.ids import ClientId
from kanmon.gate.store.standing_facts import unexplained_since


@dataclass(frozen=True)
class ClientFile:
    """All that is on record of a client, and what its contract states without a paper of its own."""

    client: Client
    papers: Sequence[ClientPaper]
    """In the order in which they were recorded."""
    due: Sequence[UseDeadline]
    forbidden_by: ClientPaper | None
    """The check that forbids the client the use of scores now."""
    stated_by: StatingLoad | None = None
    """The load that stated the contract; looked up for one client alone."""

    @property
    def stated(self) -> Mapping[PaperKind, datetime]:
        """When the contract states that a paper of a kind was made, without one of its own."""
        contract = self.client.contract
        dates = {
            PaperKind.USE_AGREEMENT: contract.use_agreement_signed_at,
            PaperKind.CLIENT_NOTICE: contract.client_notice_published_at,
            PaperKind.CHECK_BEFORE_USE: contract.pre_use_check_at,
        }
        return {kind: at for kind, at in dates.items() if at is not None}


@dataclass(frozen=True)
class ClientPapers:
    """The papers of a workspace's clients."""

    application: Application

    def record(self, client: ClientId, draft: PaperDraft, by: Account) -> ClientPaper:
        """Put a paper on record; `PaperRefused` names all that is lacking."""
        with self.application.transactions.begin() as work:
            store = PostgresPaperStore(work.session)
            return PaperService(store, work.ledger, self.application.clock, work.terms).record(client, draft, by)

    def files(self) -> Sequence[ClientFile]:
        """What is on record of every client, by client."""
        return self._files([])

    def file(self, client: ClientId) -> ClientFile:
        """What is on record of a client; `UnknownClient` where it has no contract."""
        file = self._files([client])[0]
        with self.application.transactions.read() as work:
            return replace(file, stated_by=PaperRecords(work.session).stated_by(client))

    def _files(self, clients: Sequence[ClientId]) -> list[ClientFile]:
        now, files = self.application.clock.now(), []
        with self.application.transactions.read() as work:
            records = PaperRecords(work.session)
            for client in work.terms.chosen(clients, None):
                name, season = client.client_id, client.contract.scores
                papers = records.papers(name)
                unexplained = unexplained_since(work.session, name, now)
                received = AcknowledgedReports(records.acknowledged(name, season), unexplained)
                due = deadlines(client, work.terms.seasons.get(season), papers, received, now)
                forbidding = refusal_at(papers, season, now)
                files.append(ClientFile(client, papers, due, forbidding))
        return files
