"""Erasure, wired over one open workspace: for the command line and the pages."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from importlib import import_module

from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.clients.contract import ServiceTerms
from kanmon.core.errors import LedgerKeyMissing, NotFound, WorkspaceBusy
from kanmon.core.ids import ClientId, CookieId, MemberId, MemberNo
from kanmon.core.language import N_
from kanmon.core.transaction import Begin
from kanmon.db.compaction import PostgresCompaction
from kanmon.db.embedded_postgres import DATABASE, EmbeddedPostgres
from kanmon.db.logins import logins_from
from kanmon.lake.files.manifest import LakeFolder
from kanmon.ledger.faults import ErasureKeyMissing, NotSignedYet
from kanmon.ledger.service import Ledger, receipt_of
from kanmon.rights.erasure.files.workspace import WorkspaceErasing
from kanmon.rights.erasure.model import ErasureLake, ErasureReport, ErasureStore
from kanmon.rights.erasure.requests import ErasureRequests, RequestToClient
from kanmon.rights.erasure.service import Erasures
from kanmon.rights.erasure.store.erasures import PostgresErasureStore
from kanmon.rights.erasure.store.requests import ErasureRequestStore
from kanmon.rights.withdrawal.use_cases import withdraw_consent

_ERASING = "kanmon.lake.files.erasing"
"""Loads the engine of the lake: only where somebody's events are looked for or erased."""


@dataclass(frozen=True)
class ErasureProgress:
    """How far an erasure has come: what its person is told, the code to ask again with, and the receipt."""

    code: str
    told: ErasureReport
    receipt: bytes | None
    """None as long as the ledger waits to be signed."""


@dataclass(frozen=True)
class ErasureReceipt:
    """What a person who asked for erasure is told at once."""

    code: str
    """To ask later how far it has come."""
    check_code: str | None
    """To ask later what had been scored and provided; told here alone, and None once the records are gone."""


class ErasureService:
    """What doors ask about erasure."""

    def __init__(self, application: Application) -> None:
        self._application = application
        workspace = application.workspace
        self._keys = application.erasure_key
        self._erasures = Erasures(
            erasing(application.transactions),
            _LoadedLake(application.lake),
            WorkspaceErasing(workspace, application.seals),
            _compaction(application),
            application.clock,
        )

    def code_of(self, member: MemberId) -> str:
        """The code that a member keeps, to ask later how far the erasure has come."""
        return self._keys.code_of(member)

    def request(self, member: MemberId) -> ErasureReceipt:
        """Withdraw and block for good. It counts when this returns; no run is waited for.

        `ErasureKeyMissing` where no code can be made; what the member agreed to is withdrawn then all the same.
        """
        try:
            code = self.code_of(member)
        except ErasureKeyMissing:
            withdraw_consent(self._application, member, None)
            raise
        return ErasureReceipt(code, self._erasures.request(member, code))

    def finish(self, *, compacts: bool = True) -> bool:
        """Do what is left to do of every erasure; False while another command works in the workspace."""
        with suppress(WorkspaceBusy), self._application.workspace.hold():
            self._erasures.finish(compacts=compacts)
            return True
        return False

    def render_reports(self) -> None:
        """Take out of reports what their clients may open no more.

        `WorkspaceBusy` while another command works: it can't be opened in the portal, but still lies in the files.
        """
        if not self._erasures.has_reports_to_render():
            return
        self._erasures.make_unreadable()
        with self._application.workspace.hold():
            self._erasures.render_reports()

    def erase_due(self) -> int:
        """Erase what had to be kept until before today, and finish what was begun; of how many people."""
        with self._application.workspace.hold():
            self._erasures.forget_strangers(self.code_of)
            count = self._erasures.erase_due()
            self._erasures.finish()
        return count

    def erased(self, code: str) -> ErasureProgress:
        """How far the erasure with that code has come; `NotFound` where there is none."""
        told = self._erasures.told(code)
        if told is None:
            raise NotFound(N_("this page does not exist, or your account may not see it"))
        with self._application.transactions.read() as work, suppress(NotSignedYet, LedgerKeyMissing):
            receipt = receipt_of(
                work.ledger, told.ledger_seq, self._application.ledger_key.verifier, shows_payload=True
            )
            return ErasureProgress(code, told, receipt)
        return ErasureProgress(code, told, None)

    def requests(self, client: ClientId) -> Sequence[RequestToClient]:
        """What a client was asked to erase, newest first."""
        with self._application.transactions.begin(waits=True) as work:
            return ErasureRequestStore(work.session).requests(client)

    def certify(self, client: ClientId, request_no: int, by: str, sub_processors: str) -> None:
        """Take a client's word that it erased what it had received; `NotFound` where it was not asked so."""
        with self._application.transactions.begin(waits=True) as work:
            ErasureRequests(ErasureRequestStore(work.session), work.ledger, self._application.clock).certify(
                client, request_no, by, sub_processors
            )

    def today(self) -> date:
        """The day acted on, in Japan."""
        return self._erasures.today()


def erasing(transactions: PostgresTransactions) -> Begin[tuple[ServiceTerms, ErasureStore, Ledger]]:
    """Opens transactions for parts of an erasure."""
    return transactions.writing(
        lambda work: (work.terms, PostgresErasureStore(work.session, work.seals), work.ledger), waits=True
    )


@dataclass(frozen=True)
class _LoadedLake:
    """See `rights.erasure.model.ErasureLake`; what erases is loaded when it is first asked for something."""

    folder: LakeFolder

    def browsers(self, member: MemberNo) -> Sequence[CookieId]:
        """See `rights.erasure.model.ErasureLake`."""
        return self._erasing().browsers(member)

    def erase(self, member: MemberNo) -> None:
        """See `rights.erasure.model.ErasureLake`."""
        self._erasing().erase(member)

    def _erasing(self) -> ErasureLake:
        erasing: ErasureLake = import_module(_ERASING).DuckDBErasing(self.folder)
        return erasing


def _compaction(application: Application) -> PostgresCompaction:
    given = logins_from(os.environ)
    if given is not None:
        return PostgresCompaction(given.migrator, None)
    server = EmbeddedPostgres(application.workspace.database)
    return PostgresCompaction(server.logins().migrator, server.superuser_url(DATABASE), server.data)
