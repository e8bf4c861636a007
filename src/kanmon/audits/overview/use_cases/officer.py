"""What the privacy owner's portal asks over an open application, beside what the commands ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from kanmon.application.application import Application
from kanmon.audits.overview.funnel import FunnelStep, funnel
from kanmon.audits.overview.overview import ProvisionSummary
from kanmon.audits.overview.provided import (
    PageOfList,
    ProvisionQuery,
    RecordedPerson,
    RecordedProvision,
    provision_recorded,
    provisions_asked,
)
from kanmon.audits.overview.refusals import RefusalQuery, Refusals, RefusedApplicant, refusals, refused_applicants
from kanmon.audits.overview.store.funnel import FunnelStore
from kanmon.audits.overview.store.oversight import OversightStore
from kanmon.clients.contract import ScoreTarget, ServiceTerms
from kanmon.core.errors import NotFound
from kanmon.core.ids import ClientId, ModelId, ProvisionId, SeasonId
from kanmon.core.language import N_
from kanmon.gate.decision import Use
from kanmon.intake.files.terms.laid_out import lay_out
from kanmon.ledger.entry import Entry
from kanmon.ledger.service import cosigned_note, receipt_of
from kanmon.modelling.versions import ModelVersion, model_version, model_versions, unforeseen
from kanmon.reviews.policies.files import FolderChangeReader
from kanmon.reviews.policies.impact import Impact, PolicyImpact
from kanmon.reviews.policies.use_cases import policy_book, what_ifs


@dataclass(frozen=True)
class LedgerOverview:
    """How far the ledger has come, without reading it again."""

    size: int
    checkpoints: Sequence[tuple[int, datetime]]
    """Entries under each of the newest signed checkpoints, and when it was signed; newest first."""
    entries: Sequence[Entry]
    """The newest, newest first."""
    verifier: str
    """The public key, as it is published."""


@dataclass(frozen=True)
class Officer:
    """The privacy owner at the application."""

    application: Application

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""
        with self.application.transactions.read() as work:
            return OversightStore(work.session).terms()

    def provisions(self, asked: ProvisionQuery, start: int, length: int) -> PageOfList[ProvisionSummary]:
        """A part of the provisions asked for, newest first."""
        with self.application.transactions.read() as work:
            return provisions_asked(OversightStore(work.session), asked, start, length)

    def provision(
        self, client: ClientId, provision: ProvisionId, start: int, length: int
    ) -> tuple[RecordedProvision, PageOfList[RecordedPerson]]:
        """One provision with a part of its persons; `NotFound` where there is none."""
        with self.application.transactions.read() as work:
            return provision_recorded(OversightStore(work.session), client, provision, start, length)

    def provision_receipt(self, client: ClientId, provision: ProvisionId) -> bytes:
        """A provision's receipt; it names nobody. `NotFound` where there is none, or it is not signed yet."""
        recorded, _ = self.provision(client, provision, 0, 0)
        with self.application.transactions.read() as work:
            try:
                seq = -1 if recorded.seen.ledger_seq is None else recorded.seen.ledger_seq
                return receipt_of(work.ledger, seq, self.application.ledger_key.verifier, shows_payload=True)
            except KeyError:
                raise NotFound(N_("this page does not exist, or your account may not see it")) from None

    def funnel(self, client: ClientId | None, season: SeasonId | None) -> Sequence[FunnelStep]:
        """How far applicants came from handed over to provided, and what stopped the others."""
        with self.application.transactions.read() as work:
            return funnel(FunnelStore(work.session), client, season)

    def refusals(self, asked: RefusalQuery) -> Refusals:
        """The gate's answers of a period."""
        with self.application.transactions.read() as work:
            return refusals(OversightStore(work.session), asked)

    def refused(self, asked: RefusalQuery, start: int, length: int) -> PageOfList[RefusedApplicant]:
        """A part of the applicants that one reason held."""
        with self.application.transactions.read() as work:
            return refused_applicants(OversightStore(work.session), asked, start, length)

    def models(self) -> Sequence[ModelVersion]:
        """Every version of every client's model."""
        with self.application.transactions.read() as work:
            return model_versions(OversightStore(work.session))

    def unforeseen(self) -> Sequence[tuple[ClientId, ScoreTarget]]:
        """The clients whose contract asks for one act that no model of theirs foresees, and that act."""
        with self.application.transactions.read() as work:
            return unforeseen(OversightStore(work.session))

    def model(self, model: ModelId) -> ModelVersion:
        """One version of a model; `NotFound` where there is none of that name."""
        with self.application.transactions.read() as work:
            return model_version(OversightStore(work.session), model)

    def what_if(self, service: str, texts: Mapping[str, str]) -> Impact:
        """Whom a drafted `service.yaml` would hold or let through; nothing is loaded or recorded.

        Texts that it names and that aren't among `texts` are those of versions loaded before. Raises what
        `kanmon policy impact` raises.
        """
        application = self.application
        known = policy_book(application).versions
        with TemporaryDirectory(dir=application.workspace.root, prefix=".what-if-") as folder:
            draft, staging = Path(folder) / "draft", Path(folder) / "staging"
            draft.mkdir()
            lay_out(draft, service, texts, known)
            reader = FolderChangeReader(staging)
            asked = PolicyImpact(what_ifs(application.transactions), reader, application.clock, application.progress)
            return asked.find(draft, [], None, [Use.SCORE, Use.PROVIDE], None)

    def ledger(self, checkpoints: int, entries: int) -> LedgerOverview:
        """How far the ledger has come, with so many of its newest checkpoints and entries."""
        with self.application.transactions.read() as work:
            return LedgerOverview(
                work.ledger.size(),
                work.ledger.newest_checkpoints(checkpoints),
                work.ledger.newest_entries(entries),
                str(self.application.ledger_key.verifier),
            )

    def checkpoint(self, size: int) -> str:
        """The note signed over so many entries, with its cosignatures; `NotFound` where there is none."""
        with self.application.transactions.read() as work:
            note = cosigned_note(work.ledger, size, self.application.ledger_key.verifier)
        if note is None:
            raise NotFound(N_("this page does not exist, or your account may not see it"))
        return note
