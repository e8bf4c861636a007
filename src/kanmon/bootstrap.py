"""The only place that wires services to adapters."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kanmon.adapters.duckdb_features import DuckDBFeatures
from kanmon.adapters.embedded_postgres import EmbeddedPostgres
from kanmon.adapters.folder.listing import SERVICE_FILE
from kanmon.adapters.folder.reader import DatasetFolderReader
from kanmon.adapters.folder.service_file import read_service
from kanmon.adapters.lake.duckdb_lake import DuckDBLake
from kanmon.adapters.lake.function_use import DuckDBFunctionUse
from kanmon.adapters.ledger_keys import LedgerKeyFile
from kanmon.adapters.model_cards import ModelCardFolder
from kanmon.adapters.postgres.database import prepare_database
from kanmon.adapters.postgres.logins import DatabaseLogins, logins_from
from kanmon.adapters.postgres.transactions import PostgresTransactions
from kanmon.adapters.report_store import ReportFolder
from kanmon.adapters.unit_of_work import Database
from kanmon.adapters.workspace import Workspace
from kanmon.clock import Clock, ReplayClock, SystemClock
from kanmon.errors import NotAReplayWorkspace
from kanmon.ids import ClientId, ModelId, SeasonId
from kanmon.language import N_, preferred_language, translations
from kanmon.ledger.fsck import LedgerCheck, check_ledger
from kanmon.ledger.note import SigningKey
from kanmon.ledger.receipt import checkpoint_in
from kanmon.modelling.evaluation import Evaluation
from kanmon.modelling.service import Trainer
from kanmon.oversight.audit import GapAudit
from kanmon.oversight.gap import Gap, GapRule
from kanmon.refused import FAULT_TEXTS
from kanmon.road.approval import approve_model
from kanmon.road.evaluation import evaluate_season
from kanmon.road.loading import Loaded, Loading
from kanmon.road.policies import PolicyBook
from kanmon.road.ports import Progress
from kanmon.road.season_run import SeasonRun


@dataclass(frozen=True)
class Application:
    """One workspace with everything that a door may ask of it."""

    workspace: Workspace
    clock: Clock
    progress: Progress
    transactions: PostgresTransactions

    @classmethod
    def create(cls, root: Path, is_replay: bool) -> None:
        """Make a workspace, with its database where that is the embedded one."""
        workspace = Workspace.create(root, is_replay)
        with workspace.hold():
            prepare_database(_logins(workspace))

    @classmethod
    @contextmanager
    def open(cls, root: Path | None, at: datetime | None, progress: Progress) -> Iterator["Application"]:
        """The application over a workspace, held against other commands until the block ends.

        `at` is the moment to act at; `NotAReplayWorkspace` where the workspace was not made for that.
        """
        workspace = Workspace.find(root)
        if at is not None and not workspace.is_replay:
            raise NotAReplayWorkspace(
                N_("%(folder)s acts at the present; only a workspace made with `kanmon init --replay` takes --at"),
                folder=workspace.root,
            )
        clock: Clock = SystemClock() if at is None else ReplayClock(at)
        with ExitStack() as stack:
            stack.enter_context(workspace.hold())
            logins = _logins(workspace)
            prepare_database(logins)
            database = Database(logins.app)
            stack.callback(database.close)
            yield cls(workspace, clock, progress, PostgresTransactions(database))

    def load(self, folder: Path) -> Loaded:
        """Take a dataset folder in."""
        translate = translations(preferred_language(os.environ)).gettext
        reader = DatasetFolderReader(
            self.workspace.staging, self.workspace.rejected, lambda fault: translate(FAULT_TEXTS[fault])
        )
        lake = DuckDBLake(self.workspace.lake)
        return Loading(reader, lake, self.transactions, self.clock, self.progress).load(folder)

    def season_run(self) -> SeasonRun:
        """A new run of the main job or of one of its steps."""
        return SeasonRun(
            self.transactions,
            DuckDBFeatures(self.workspace.lake),
            Trainer(),
            ReportFolder(self.workspace.reports),
            ModelCardFolder(self.workspace.models),
            self.clock,
            self.progress,
        )

    def evaluate(self, clients: Sequence[ClientId], season: SeasonId | None) -> Mapping[ClientId, Evaluation]:
        """Scores against the outcomes loaded for the scored season."""
        return evaluate_season(self.transactions, clients, season, self.clock.now())

    def approve(self, model: ModelId, person: str, because: str) -> None:
        """Approve a model version that the acceptance rule held back."""
        approve_model(self.transactions, model, person, because, self.clock.now())

    def ledger_key(self) -> SigningKey:
        """The key that signs the ledger: where KANMON_LEDGER_KEY says, else in the workspace."""
        return LedgerKeyFile(Path(os.environ.get("KANMON_LEDGER_KEY") or self.workspace.ledger_key)).key()

    def check_ledger(self, seen: Sequence[bytes]) -> LedgerCheck:
        """Read the whole ledger again; `seen` are receipts or checkpoints that somebody kept elsewhere."""
        notes = [checkpoint_in(content) for content in seen]
        with self.transactions.read_ledger() as records:
            return check_ledger(records, self.ledger_key().verifier, notes)

    def audit_gap(
        self,
        season: SeasonId | None,
        since: datetime,
        until: datetime | None,
        rule: GapRule,
        *,
        only_provided: bool = False,
    ) -> Gap:
        """People whose data went, or would go, to a client without valid consent, up to `until` (None: now)."""
        with self.transactions.begin_audit() as store:
            audit = GapAudit(store, DuckDBFunctionUse(self.workspace.lake))
            return audit.find(season, since, until or self.clock.now(), rule, only_provided=only_provided)

    def policies(self) -> PolicyBook:
        """The policy versions that were loaded, with the contracts that they are to cover."""
        return PolicyBook.of_workspace(self.transactions)


def read_policies(path: Path) -> PolicyBook:
    """The policies of a `service.yaml`, named itself or by its folder, without a workspace."""
    return PolicyBook.of_file(read_service(path.parent if path.name == SERVICE_FILE else path))


def stop_database(root: Path | None) -> None:
    """Stop the embedded server of a workspace; a server of the user's own is left alone."""
    EmbeddedPostgres(Workspace.find(root).database).stop()


def _logins(workspace: Workspace) -> DatabaseLogins:
    given = logins_from(os.environ)
    if given is not None:
        return given
    server = EmbeddedPostgres(workspace.database)
    server.start()
    return server.logins()
