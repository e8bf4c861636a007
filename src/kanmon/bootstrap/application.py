"""One workspace, opened, with everything that a door may ask of it."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from kanmon.access.accounts import Accounts
from kanmon.access.service import SignIn
from kanmon.adapters.browser import Chromium
from kanmon.adapters.checkpoint_places import places_of
from kanmon.adapters.control_plane import check_before, check_embedded, note_control_plane
from kanmon.adapters.embedded_postgres import EmbeddedPostgres
from kanmon.adapters.engines.browsers import LakeBrowsers, known_cookies
from kanmon.adapters.engines.features import LakeFeatures
from kanmon.adapters.engines.function_use import LakeFunctionUse
from kanmon.adapters.erased_people import KnownByCode
from kanmon.adapters.erasure_key import ErasureKeyFile
from kanmon.adapters.folder.change import FolderChangeReader
from kanmon.adapters.folder.listing import SERVICE_FILE
from kanmon.adapters.folder.reader import DatasetFolderReader
from kanmon.adapters.folder.service_file import read_service
from kanmon.adapters.kept_keys import KeyMemory, OwnMemory
from kanmon.adapters.lake.duckdb_lake import DuckDBLake
from kanmon.adapters.lake.manifest import LakeFolder
from kanmon.adapters.lake.news import DuckDBNews
from kanmon.adapters.lake.note import ManifestNote, NoNote
from kanmon.adapters.lake.whereabouts import lake_of
from kanmon.adapters.ledger_keys import LedgerKeyFile
from kanmon.adapters.link_reports import LinkReportFolder
from kanmon.adapters.model_cards import ModelCardFolder
from kanmon.adapters.passwords import Argon2Passwords
from kanmon.adapters.postgres.database import prepare_database
from kanmon.adapters.postgres.key_store import KeyStore
from kanmon.adapters.postgres.lake_note import LakeNote
from kanmon.adapters.postgres.logins import DatabaseLogins, logins_from
from kanmon.adapters.postgres.received_store import ReceivedStore
from kanmon.adapters.postgres.transactions import PostgresTransactions
from kanmon.adapters.preflight import DuckDBPreflight
from kanmon.adapters.report_store import FILE_NAMES, ReportFolder, rendered
from kanmon.adapters.sealed_rows import SealedRows
from kanmon.adapters.second_copy import SecondCopy
from kanmon.adapters.unit_of_work import Database, failures_told
from kanmon.adapters.workspace import Workspace
from kanmon.bootstrap.engine import engine_over, judging_over, linkers
from kanmon.clients.contract import Scheme
from kanmon.clock import Clock, ReplayClock, SystemClock
from kanmon.errors import KanmonError, LakeElsewhere, LakeOutOfReach, NotAReplayWorkspace, NotFound
from kanmon.faults import FAULT_TEXTS
from kanmon.gate.decision import Use
from kanmon.ids import (
    ApplicantId,
    ClientId,
    EvidenceId,
    MemberId,
    ModelId,
    PolicyId,
    PolicyVersionId,
    ProvisionId,
    ScreenId,
    SeasonId,
    new_run_id,
)
from kanmon.jobs.job import JobKind
from kanmon.lake.intake import Intake, collect
from kanmon.language import N_, preferred_language, translations
from kanmon.ledger.fsck import LedgerCheck, check_ledger
from kanmon.ledger.keyholder import AbsentKey, LedgerKey
from kanmon.ledger.note import SigningKey
from kanmon.ledger.receipt import checkpoint_in
from kanmon.ledger.row_key import NO_KEY, RowKey
from kanmon.ledger.service import receipt_of
from kanmon.linkage.preflight import Preflight
from kanmon.linkage.review import Examined, Reviewed
from kanmon.modelling.evaluation import Evaluation
from kanmon.modelling.service import Trainer
from kanmon.oversight.audit import GapAudit
from kanmon.oversight.coverage import Coverage
from kanmon.oversight.crawl import Board, Crawl
from kanmon.oversight.displayed import Displays, stale_screens
from kanmon.oversight.drift import to_assess
from kanmon.oversight.evidence import coverage_entry, gap_entry
from kanmon.oversight.gap import Gap, GapRule, Window
from kanmon.oversight.overview import Overview, overview
from kanmon.oversight.reach import NamedOrigin, require_named
from kanmon.oversight.reconciliation import RowFinding, reconcile
from kanmon.oversight.reliance import Reliance, provisions_relying_on
from kanmon.provision.received import readable_report
from kanmon.provision.report import Report
from kanmon.rights.answer import answer_entry
from kanmon.rights.recall import Recall
from kanmon.rights.record import ConsentRecord
from kanmon.rights.told import SubjectView, receipts_of, records_of, view_of
from kanmon.rights.withdrawal import Withdrawals, Withdrawn
from kanmon.rights.words import ConsentWords, words_of
from kanmon.road.approval import approve_model
from kanmon.road.evaluation import evaluate_season
from kanmon.road.impact import Impact, PolicyImpact
from kanmon.road.linking import SeasonLinking, links_to_review, review_links
from kanmon.road.loading import Loaded, Loading
from kanmon.road.policies import PolicyBook
from kanmon.road.ports import Progress
from kanmon.road.season_run import SeasonRun


class Part(StrEnum):
    """What a workspace consists of beside its database."""

    LEDGER_KEY = "ledger key"
    CHECKPOINTS = "second copy of checkpoints"
    ROW_KEYS = "keys of reports"
    ERASURE_KEY = "key for erasures"
    LAKE = "lake"


@dataclass(frozen=True)
class Application:
    """One workspace with everything that a door may ask of it."""

    workspace: Workspace
    clock: Clock
    progress: Progress
    transactions: PostgresTransactions
    ledger_key: LedgerKey
    key_memory: KeyMemory = field(default_factory=OwnMemory)
    lake_note: ManifestNote = field(default_factory=NoNote)

    @classmethod
    def create(cls, root: Path, is_replay: bool) -> None:
        """Make a workspace, with its database where that is the embedded one, and note where its lake is."""
        workspace = Workspace.create(root, is_replay)
        with workspace.hold():
            lake_of(workspace, os.environ.get("KANMON_LAKE"))
            _prepared(workspace)

    @classmethod
    @contextmanager
    def open(
        cls, root: Path | None, at: datetime | None, progress: Progress, *, alone: bool = True
    ) -> Iterator["Application"]:
        """The application over a workspace, held against other commands until the block ends.

        What works in the database alone need not be `alone`: a person who withdraws waits for no run to end. `at` is
        the moment to act at; `NotAReplayWorkspace` where the workspace was not made for that.
        """
        workspace = Workspace.find(root)
        if at is not None and not workspace.is_replay:
            raise NotAReplayWorkspace(
                N_("%(folder)s acts at the present; only a workspace made with `kanmon init --replay` takes --at"),
                folder=workspace.root,
            )
        clock: Clock = SystemClock() if at is None else ReplayClock(at)
        with ExitStack() as stack:
            if alone:
                stack.enter_context(workspace.hold())
            database = Database(_prepared(workspace).app)
            stack.callback(database.close)
            memory = KeyStore(database)
            key_file = ledger_key_file(workspace, memory)
            key = key_file.at_hand()
            database.rows = _row_key(key, key_file)
            second = SecondCopy(places_of(workspace, os.environ, memory.identity()), key, key_file.known_former())
            transactions = PostgresTransactions(database, key, sealed_rows(workspace, memory), second)
            transactions.compare()
            transactions.adopt()
            yield cls(workspace, clock, progress, transactions, key, memory, LakeNote(database))

    def faults(self) -> Sequence[KanmonError]:
        """What must be mended before anything is provided or, for the key for erasures, loaded."""
        return [fault for fault in self.checked().values() if fault is not None]

    def checked(self) -> Mapping[Part, KanmonError | None]:
        """What is wrong with each part that lies outside of the database; of the lake, just its manifest is read."""
        checks = {
            Part.LEDGER_KEY: self._check_ledger_key,
            Part.CHECKPOINTS: self._check_second_copy,
            Part.ROW_KEYS: self.seals.check,
            Part.ERASURE_KEY: self.erasure_key.check,
            Part.LAKE: self._check_lake,
        }
        return {part: _raised(check) for part, check in checks.items()}

    def check_providing(self) -> None:
        """Raise what forbids to provide: a missing key of the ledger or of kept reports, an old database, a lost lake.

        Of the lake, just its manifest is looked at.
        """
        self._check_ledger_key()
        self._check_second_copy()
        self.seals.check()
        self._check_lake()

    def signing_keys(self) -> Sequence[SigningKey]:
        """The ledger's key and those before it, newest first; raises where it is missing."""
        self._check_ledger_key()
        keys = ledger_key_file(self.workspace, self.key_memory)
        return [keys.key(), *keys.former()]

    @property
    def seals(self) -> SealedRows:
        """What seals and opens kept reports."""
        return sealed_rows(self.workspace, self.key_memory)

    @property
    def erasure_key(self) -> ErasureKeyFile:
        """What knows erased people again."""
        return erasure_key(self.workspace, self.key_memory)

    def _check_second_copy(self) -> None:
        if (fault := self.transactions.compare()) is not None:
            raise fault

    def _check_lake(self) -> None:
        """`LakeDamaged`; a lake that can't be reached is told by what needs it."""
        with suppress(LakeElsewhere, LakeOutOfReach):
            self.lake.adopt()

    def _check_ledger_key(self) -> None:
        if isinstance(self.ledger_key, AbsentKey):
            raise self.ledger_key.fault

    @property
    def row_key(self) -> RowKey:
        """What seals rows of the control plane."""
        return _row_key(self.ledger_key, ledger_key_file(self.workspace, self.key_memory))

    @property
    def lake(self) -> LakeFolder:
        """The lake: where KANMON_LAKE says, else in the workspace."""
        return lake_of(self.workspace, os.environ.get("KANMON_LAKE"), self.lake_note)

    def load(self, folder: Path) -> Loaded:
        """Take a dataset folder in."""
        return self.loading(self.reader(self.workspace.rejected)).load(folder)

    def reader(self, rejected: Path) -> DatasetFolderReader:
        """What reads folders; rows that it refuses are kept in that folder."""
        translate = translations(preferred_language(os.environ)).gettext
        return DatasetFolderReader(self.workspace.staging, rejected, lambda fault: translate(FAULT_TEXTS[fault]))

    def loading(self, reader: DatasetFolderReader) -> Loading:
        """What takes folders in by this reader."""
        return Loading(reader, DuckDBLake(self.lake), self.transactions, self.clock, self.progress, self.erased_people)

    @property
    def erased_people(self) -> KnownByCode:
        """Who was erased."""
        return KnownByCode(self.transactions.begin_erased, self.erasure_key)

    def season_run(self) -> SeasonRun:
        """A new run of the main job or of one of its steps; raises as `check_providing`, and `LakeDamaged`."""
        self.check_providing()
        lake = self.lake
        lake.check_files()
        engine = engine_over(lake)
        return SeasonRun(
            self.transactions,
            LakeFeatures(engine),
            DuckDBNews(lake),
            LakeBrowsers(engine),
            Trainer(),
            ReportFolder(self.workspace.reports),
            ModelCardFolder(self.workspace.models),
            self.clock,
            self.progress,
            SeasonLinking(linkers(), LinkReportFolder(self.workspace.links)),
            judging_over(lake),
        )

    def links_to_review(self, clients: Sequence[ClientId]) -> Sequence[Examined]:
        """The applicants of these clients (all, where none is named) that wait for a person's look."""
        return links_to_review(self.transactions, clients)

    def review_links(
        self,
        clients: Sequence[ClientId],
        accepted: Sequence[tuple[ApplicantId, MemberId]],
        rejected: Sequence[ApplicantId],
        person: str,
    ) -> Sequence[Reviewed]:
        """Put a person's decisions about applicants in force: all of them or, where one can't be, none."""
        return review_links(self.transactions, self.clock, clients, accepted, rejected, person)

    def preflight(self, file: Path, client: ClientId | None) -> tuple[Preflight, Scheme | None]:
        """What an intake file is made of, and the scheme of the client's contract; `UnknownClient`, `UsageError`."""
        scheme = None
        if client is not None:
            with self.transactions.begin() as transaction:
                [found] = transaction.service.terms().chosen([client], None)
            scheme = found.contract.scheme
        with self.transactions.begin_preflight() as members:
            attack = DuckDBPreflight(self.workspace.staging, self.progress)
            return attack.examine(file, members, known_cookies(self.lake)), scheme

    def evaluate(self, clients: Sequence[ClientId], season: SeasonId | None) -> Mapping[ClientId, Evaluation]:
        """Scores against the outcomes loaded for the scored season."""
        return evaluate_season(self.transactions, clients, season, self.clock.now())

    def approve(self, model: ModelId, person: str, because: str) -> None:
        """Approve a model version that the acceptance rule held back."""
        approve_model(self.transactions, model, person, because, self.clock.now())

    def check_ledger(self, seen: Sequence[bytes]) -> LedgerCheck:
        """Read the whole ledger again; `seen` are receipts or checkpoints that somebody kept elsewhere."""
        notes = [checkpoint_in(content) for content in seen]
        with self.transactions.read_ledger() as records:
            return check_ledger(records, self.ledger_key.verifier, notes)

    def check_rows(self) -> Sequence[RowFinding] | None:
        """Hold the tables against a ledger that was found sound, both ways; None where its key is not at hand."""
        if isinstance(self.ledger_key, AbsentKey):
            return None
        with self.transactions.read_rows() as rows:
            return reconcile(rows)

    def audit_gap(
        self,
        season: SeasonId | None,
        since: datetime,
        until: datetime | None,
        rule: GapRule,
        *,
        only_provided: bool = False,
    ) -> Gap:
        """People whose data went, or would go, to a client without valid consent, up to `until` (None: now).

        The answer is signed into the ledger, so that it can't be another one later (AC-15).
        """
        with self.transactions.begin_audit() as store:
            audit = GapAudit(store, LakeFunctionUse(engine_over(self.lake)))
            gap = audit.find(season, since, until or self.clock.now(), rule, only_provided=only_provided)
        with self.transactions.begin() as transaction:
            transaction.ledger.append([gap_entry(gap, self.clock.now())])
            transaction.ledger.sign(self.clock.real())
        return gap

    def stale_screens(self, since: datetime, until: datetime | None, *, by_looks: bool = False) -> Sequence[Displays]:
        """Screens that showed other words than those in force, from `since` to before `until` (None: now)."""
        with self.transactions.begin_audit() as store:
            return stale_screens(store, Window(since, until or self.clock.now()), by_looks=by_looks)

    def overview(self) -> Overview:
        """Screens, refusals, provisions and the ledger at one glance, as of now."""
        with self.transactions.begin_overview() as store:
            return overview(store, self.clock.now())

    def audit_coverage(self, screens: Sequence[ScreenId], base: str | None, named: Collection[NamedOrigin]) -> Coverage:
        """Go round the board in a real browser: these screens, or all in use; see `oversight.crawl`.

        `base` is the origin of screens registered by a path. The browser goes to the origins `named` by settings and to
        nothing else; `OriginNotNamed` says where `base` is none of them. What was seen counts as looks at the screens
        from then on, and the answer is signed into the ledger. Wrong words open an assessment; see `oversight.drift`.
        """
        require_named(base, named)
        with self.transactions.begin_audit() as store:
            board = Board.of(store, base, self.clock.now())
        run_id, begun_at = new_run_id(board.at), self.clock.real()
        opened = Chromium.open(self.workspace.coverage / run_id, named)
        with opened as chromium, self.progress.step(N_("look at the screens")):
            coverage = Crawl(board, chromium, run_id).go_round(screens)
        with self.transactions.begin_coverage() as (looks, ledger):
            looks.add(coverage.seen, coverage.seen_at)
            looks.keep(coverage, begun_at, is_round=not screens)
            assessments = list(to_assess(looks, coverage))
            entries = (one.entry(coverage.seen_at) for one in assessments)
            _, *places = ledger.append([coverage_entry(coverage), *entries])
            looks.open(assessments, places, self.clock.real())
            ledger.sign(self.clock.real())
        return coverage

    def withdraw(self, member: MemberId, client: ClientId | None) -> Withdrawn:
        """Withdraw for one client, or for all where None; it counts when this returns, and recipients are asked."""
        with self.transactions.begin_withdrawal() as (terms, store, ledger):
            done = Withdrawals(store, ledger, self.clock).withdraw(member, client, terms.clients.values())
        self.take_back(done.asked)
        return done

    def take_back(self, asked: Sequence[Recall]) -> None:
        """Destroy the keys of what was just asked back, and have the files of reports follow."""
        if not asked:
            return
        with self.transactions.begin_erased() as store:
            for company, run, applicants in store.waiting_rows():
                self.seals.destroy(company, run, applicants)
        with self.transactions.begin_jobs() as jobs:
            jobs.ask(JobKind.RECALL, {}, None, None)

    def subject(self, member: MemberId) -> SubjectView:
        """What a member is told of what was done with the member's data."""
        with self.transactions.begin_telling() as (terms, records, _):
            return view_of(records, member, list(terms.clients.values()))

    def consents(self, member: MemberId) -> list[ConsentRecord]:
        """The records of a member's consents, one for each text that the member was shown."""
        with self.transactions.begin_telling() as (terms, records, _):
            return records_of(records, member, terms, self.clock.now())

    def receipts(self, member: MemberId) -> Mapping[int, bytes]:
        """A receipt for each of a member's acts and provisions that stands in the ledger, by its place there."""
        with self.transactions.begin_telling() as (terms, records, ledger):
            view = view_of(records, member, list(terms.clients.values()))
            return receipts_of(view, ledger, self.ledger_key.verifier)

    def answer(self, member: MemberId) -> bytes:
        """The answer to a member's “was I scored?”, entered into the ledger now, as a receipt."""
        real_at = self.clock.real()
        with self.transactions.begin_answer() as (terms, records, ledger):
            ledger.hold()
            view = view_of(records, member, list(terms.clients.values()))
            entry = answer_entry(view, self.clock.now(), real_at if self.clock.is_replay else None)
            (seq,) = ledger.append([entry])
            ledger.sign(real_at)
        with self.transactions.read_ledger() as entries:
            return receipt_of(entries, seq, self.ledger_key.verifier, shows_payload=True)

    def consent_words(self, member: MemberId, evidence: EvidenceId) -> ConsentWords:
        """What a member was shown in one act of consent, and what has changed since; `NotFound` if it isn't theirs."""
        with self.transactions.begin_telling() as (_, records, _):
            return words_of(records, member, evidence, self.clock.now())

    def report(self, client: ClientId, provision: ProvisionId) -> Report:
        """A report as a client received it; `NotFound` where it has none of that number, whoever else may.

        Raises as `check_providing`.
        """
        self.check_providing()
        with self.transactions.begin_received() as store:
            return readable_report(store, client, provision, self.moment(store))

    def moment(self, store: ReceivedStore) -> datetime:
        """The moment by the clock that all processes share or, in a replay, the moment to act at."""
        return self.clock.now() if self.clock.is_replay else store.moment()

    def report_file(self, report: Report, name: str) -> bytes:
        """One of the files of a report, made now from what may be shown now; `NotFound` where there is no such file."""
        if name not in FILE_NAMES:
            raise NotFound(N_("there is nothing here for you under that address"))
        with TemporaryDirectory(dir=self.workspace.root, prefix=".report-") as scratch:
            return rendered(report, name, Path(scratch))

    def intake(self) -> Intake:
        """What takes events over HTTP."""
        return Intake(self.transactions.begin_intake, self.clock)

    def waiting_events(self) -> int:
        """How many events were taken over HTTP and wait to be collected."""
        with self.transactions.begin_intake() as store:
            return store.waiting()

    def collect(self) -> Mapping[str, int]:
        """Take the events that were sent over HTTP into the lake; see `lake.intake.collect`."""
        staged = self.workspace.staging / "received.parquet"
        try:
            return collect(self.transactions.begin_intake, DuckDBLake(self.lake), staged, self.clock)
        finally:
            staged.unlink(missing_ok=True)

    def lake_is_scattered(self) -> bool:
        """Whether the lake's files are so many that merging them pays; it is looked up in the manifest alone."""
        return DuckDBLake(self.lake).is_scattered()

    def compact(self) -> None:
        """Merge the lake's files, as `complete_lake` does beside; the workspace must be held."""
        with self.progress.step(N_("merge the files of the lake")):
            DuckDBLake(self.lake).compact()
        self.complete_lake()

    def complete_lake(self) -> int:
        """Give files of the lake from before there were checksums theirs; how many. The workspace must be held."""
        return self.lake.complete()

    def sign_in(self) -> SignIn:
        """Who may come in by a browser."""
        return SignIn(self.transactions.begin_access, Argon2Passwords(), self.clock)

    def accounts(self) -> Accounts:
        """What the platform does to accounts."""
        return Accounts(self.transactions.begin_accounts, Argon2Passwords(), self.clock)

    def reliance(self, policy: PolicyId | None, version: PolicyVersionId) -> Reliance:
        """What was provided on consents to a policy version."""
        with self.transactions.begin_reliance() as store:
            return provisions_relying_on(store, policy, version)

    def policy_impact(
        self,
        change: Path,
        clients: Sequence[ClientId],
        season: SeasonId | None,
        uses: Sequence[Use],
        asked_at: datetime | None,
    ) -> Impact:
        """Whom a drafted change of policies or screens would hold or let through; nothing is loaded or recorded."""
        reader = FolderChangeReader(self.workspace.staging)
        found = PolicyImpact(self.transactions, reader, self.clock, self.progress)
        return found.find(change, clients, season, uses, asked_at)

    def policies(self) -> PolicyBook:
        """The policy versions that were loaded, with the contracts that they are to cover."""
        return PolicyBook.of_workspace(self.transactions)


def read_policies(path: Path) -> PolicyBook:
    """The policies of a `service.yaml`, named itself or by its folder, without a workspace."""
    return PolicyBook.of_file(read_service(path.parent if path.name == SERVICE_FILE else path))


def stop_database(root: Path | None) -> None:
    """Stop the embedded server of a workspace; a server of the user's own is left alone."""
    EmbeddedPostgres(Workspace.find(root).database).stop()


def erasure_key(workspace: Workspace, memory: KeyMemory) -> ErasureKeyFile:
    """The key that knows erased people again: where KANMON_ERASURE_KEY says, else in the workspace."""
    return ErasureKeyFile(Path(os.environ.get("KANMON_ERASURE_KEY") or workspace.erasure_key), memory)


def sealed_rows(workspace: Workspace, memory: KeyMemory) -> SealedRows:
    """What seals kept reports, with its keys where KANMON_ROW_KEYS says, else in the workspace."""
    return SealedRows(Path(os.environ.get("KANMON_ROW_KEYS") or workspace.keys), memory)


def ledger_key_file(workspace: Workspace, memory: KeyMemory) -> LedgerKeyFile:
    """The key that signs the ledger: where KANMON_LEDGER_KEY says, else in the workspace."""
    return LedgerKeyFile(Path(os.environ.get("KANMON_LEDGER_KEY") or workspace.ledger_key), memory)


def _row_key(key: LedgerKey, file: LedgerKeyFile) -> RowKey:
    """What seals rows: it goes with the first key that the ledger had, as long as the present one is at hand."""
    return NO_KEY if isinstance(key, AbsentKey) else RowKey.derived([key, *file.former()][-1])


def _raised(check: Callable[[], None]) -> KanmonError | None:
    try:
        check()
    except KanmonError as error:
        return error
    return None


def _prepared(workspace: Workspace) -> DatabaseLogins:
    """The logins to the workspace's database, once that is ready; `DatabaseElsewhere` where it is another one."""
    logins = _logins(workspace)
    check_before(workspace, logins)
    with failures_told():
        prepare_database(logins)
    note_control_plane(workspace, logins)
    return logins


def _logins(workspace: Workspace) -> DatabaseLogins:
    given = logins_from(os.environ)
    if given is not None:
        return given
    check_embedded(workspace)
    server = EmbeddedPostgres(workspace.database)
    with failures_told():
        server.start()
    return server.logins()
