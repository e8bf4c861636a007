"""All that the gate holds in memory between questions, read at one moment together with its version."""

from datetime import datetime

from sqlalchemy import text

from kanmon.clients.papers.store import PaperRecords
from kanmon.clients.store import ServiceStore
from kanmon.consent.store.acts import renderings
from kanmon.db.unit_of_work import ReadSession
from kanmon.gate.online import RegisterBook
from kanmon.gate.service import RegisteredTexts
from kanmon.gate.store.approvals import reviewed
from kanmon.gate.store.standing_facts import are_papers_proved, unexplained_since
from kanmon.gate.switch.store import halts
from kanmon.ledger.store.bound_rows import BoundRows

_VERSION = text("SELECT version, now() FROM terms_version")


class BookStore:
    """Reads the book within a transaction that sees one moment.

    A table that is read here has the trigger `tell_gate`, so that a change of it is a new version; a test sees to it.
    What the ledger says of these tables is entered together with their change.
    """

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    def read(self) -> RegisterBook:
        """The book; `UsageError` where no service was loaded yet."""
        version, now = self.version()
        service = ServiceStore(self._session).terms()
        unexplained = {client: unexplained_since(self._session, client, now) for client in service.clients}
        waiting = {client: since for client, since in unexplained.items() if since is not None}
        connection = self._session.connection
        papers = {client: PaperRecords(self._session).papers(client) for client in service.clients}
        doubtful = [client for client in service.clients if not are_papers_proved(self._session, client)]
        unproved = BoundRows(self._session).unbound_clients().union(doubtful)
        registered, stops = self.registered(), halts(connection)
        return RegisterBook(version, now, service, registered, waiting, stops, reviewed(connection), papers, unproved)

    def version(self) -> tuple[int, datetime]:
        """The version of what is read in this transaction, and when it began."""
        version, now = self._session.connection.execute(_VERSION).one()
        return version, now

    def registered(self) -> RegisteredTexts:
        """What is registered of texts and screens."""
        service = ServiceStore(self._session)
        return RegisteredTexts(
            tuple(service.policy_versions()),
            service.displayed_versions(),
            tuple(renderings(self._session.connection)),
        )
