"""What one client's staff may do: hand over applicants, ask for scores, receive reports, state their use."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from kanmon.access.account import Account
from kanmon.application.application import Application
from kanmon.application.unit_of_work import UnitOfWork
from kanmon.clients.acquisition import Acquisition
from kanmon.clients.contract import Client, Platform
from kanmon.clients.use import ActualUse, Alert, IntendedUse, carries_requests, prohibited_uses_in
from kanmon.core.errors import DeliverySealed, NotFound, PurposeProhibited, UsageError, UseNotStated
from kanmon.core.faults import FAULT_TEXTS
from kanmon.core.ids import ClientId, ModelId, ProvisionId, RunId
from kanmon.core.language import N_
from kanmon.gate.decision import ReasonCode
from kanmon.gate.wording import MEANINGS
from kanmon.intake.files.apart import IsolatedReader
from kanmon.intake.files.hand_in import only_of
from kanmon.intake.files.limits import IntakeLimits
from kanmon.intake.files.listing import TABLE_SUFFIXES
from kanmon.intake.files.rows.mending import MENDABLE, HandInReader, write_mendable
from kanmon.intake.loaded import FolderLoad
from kanmon.intake.loading import HandInSource
from kanmon.intake.use_cases.loading import folder_loading
from kanmon.jobs.job import Job, JobKind, JobNo, JobState
from kanmon.jobs.store import PostgresJobs
from kanmon.jobs.use_cases.asking import ask_for_run
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.modelling.registry import NewestCard
from kanmon.modelling.store.models import ModelRecords
from kanmon.provision.instructions import instructions
from kanmon.provision.receipt import DeliveryReceipt, ReceiptPack, confirmed
from kanmon.provision.received import is_stopped, readable
from kanmon.provision.record import provision_id
from kanmon.provision.report import Report
from kanmon.provision.store.client_statements import ClientRecords, ClientStatements
from kanmon.provision.store.received import ReceivedStore
from kanmon.provision.use_cases.reports import received_report
from kanmon.provision.use_cases.shared_moment import shared_moment

JOBS_SHOWN = 5
_NOTHING_HERE = N_("this page does not exist, or your account may not see it")


@dataclass(frozen=True)
class ClientOverview:
    """Everything at a client's desk at one moment."""

    client: Client
    platform: Platform
    last_handed_over_at: datetime | None
    """How many applicants are known isn't told: the number would change when a person is erased."""
    has_refused_rows: bool
    intended: tuple[IntendedUse, datetime] | None
    may_ask: bool
    """Whether a fresh statement of intended use carries a request for scores."""
    alerts: Sequence[Alert]
    jobs: Sequence[Job]
    """The newest first."""
    deliveries: Sequence[DeliveryReceipt]
    """The newest first; those that the stop switch holds are left out."""
    is_stopped: bool
    """Whether providing to the client is stopped."""
    newest_model: NewestCard | None
    """None where none could be trained."""


@dataclass(frozen=True)
class ClientService:
    """One account at the desk of its client; all that belongs to another client is not found."""

    application: Application
    account: Account

    @property
    def client_id(self) -> ClientId:
        """Whose desk it is."""
        assert self.account.client_id is not None
        return self.account.client_id

    def desk(self) -> ClientOverview:
        """What lies on the desk."""
        transactions = self.application.transactions
        with transactions.read() as work:
            records = ClientRecords(work.session, self.client_id)
            client, platform = work.terms.clients[self.client_id], work.terms.platform
            last_at = records.last_handed_over_at()
            intended, alerts, deliveries = records.intended_use(), records.alerts(), records.deliveries()
        with transactions.begin() as work:
            jobs = PostgresJobs(work.session).newest(self.client_id, JobKind.RUN, JOBS_SHOWN)
        with transactions.read() as work:
            store = ReceivedStore(work.session, work.seals)
            acts, now = store.halts(self.client_id), shared_moment(self.application, store)
            newest_model = ModelRecords(work.session).newest_card(self.client_id)
        deliveries = readable(acts, self.client_id, deliveries, now)
        may_ask = self._carries(intended, alerts)
        has_refused = self._refused_rows.is_file()
        return ClientOverview(
            client=client,
            platform=platform,
            last_handed_over_at=last_at,
            has_refused_rows=has_refused,
            intended=intended,
            may_ask=may_ask,
            alerts=alerts,
            jobs=jobs,
            deliveries=deliveries,
            is_stopped=is_stopped(acts, self.client_id, now),
            newest_model=newest_model,
        )

    def hand_over(
        self, file_name: str, content: bytes, stated: tuple[str, str, str], translate: Callable[[str], str]
    ) -> FolderLoad:
        """Take the applicants that a client hands over itself, with how it got them: source, words, legal basis.

        The file is read under limits by a process of its own, and others work on meanwhile. `UsageError` where it has
        no known format, `TooLarge` where it exceeds a limit, `IntakeBusy`, `AcquisitionNotStated` where the statement
        lacks something, `WorkspaceBusy` while another command changes the workspace: nothing was taken then.
        """
        suffix = Path(file_name).suffix.lower()
        if suffix not in TABLE_SUFFIXES:
            raise UsageError(
                N_("%(file)s can't be read: take a file whose name ends in %(known)s"),
                file=file_name, known=", ".join(TABLE_SUFFIXES),
            )  # fmt: skip
        workspace = self.application.workspace
        acquisition = Acquisition.stated(*stated, self._client().contract)
        apart = IsolatedReader(IntakeLimits.of(os.environ))
        with TemporaryDirectory(dir=workspace.root, prefix=".handed-over-") as folder:
            file, staging = Path(folder) / f"applicants{suffix}", Path(folder) / "read"
            file.write_bytes(content)
            staging.mkdir()
            tables = apart.tables(Path(folder), ("applicants",), self.application.clock.real(), staging)
            reader = HandInReader(
                staging,
                workspace.rejected / self.client_id,
                lambda fault: translate(FAULT_TEXTS[fault]),
                read=tables,
            )
            by = HandInSource(self.client_id, self.account.account_no, acquisition)
            with workspace.hold():
                self._refused_rows.unlink(missing_ok=True)
                loaded = folder_loading(self.application, reader).hand_over(Path(folder), only_of(self.client_id), by)
            for refused in reader.refused:
                write_mendable(file, refused, self._refused_rows, reader.reason_text)
            return loaded

    def refused_rows(self) -> bytes:
        """The refused rows of the last hand-over, to be mended; `NotFound` where none were refused."""
        if not self._refused_rows.is_file():
            raise NotFound(_NOTHING_HERE)
        return self._refused_rows.read_bytes()

    @property
    def _refused_rows(self) -> Path:
        return self.application.workspace.rejected / self.client_id / MENDABLE

    def ask_for_scores(self) -> Job:
        """Ask for the main job for this client; `UseNotStated` without a fresh statement of intended use."""
        with self.application.transactions.read() as work:
            records = ClientRecords(work.session, self.client_id)
            may_ask = self._carries(records.intended_use(), records.alerts())
        if not may_ask:
            raise UseNotStated(
                N_("EMP-05: first state what the scores will be used for; a statement holds for 30 days")
            )
        return ask_for_run(self.application, self.client_id, self.account.account_no)

    def job(self, number: int) -> Job:
        """One of the client's own jobs; `NotFound` where it has none of that number."""
        with self.application.transactions.begin() as work:
            found = PostgresJobs(work.session).find(JobNo(number), self.client_id)
        if found is None:
            raise NotFound(_NOTHING_HERE)
        return found

    def delivery_of(self, job: Job) -> ProvisionId | None:
        """The report to read after a job that ended well: its own, else the newest; None where none can be read."""
        if job.state is not JobState.DONE:
            return None
        numbers = [delivery.provision_id for delivery in self.desk().deliveries]
        own = provision_id(RunId(str(job.told.get("run_id"))), self.client_id)
        return own if own in numbers else next(iter(numbers), None)

    def pack(self, provision: ProvisionId) -> tuple[ReceiptPack, datetime | None]:
        """What goes with a delivery, and when it was acknowledged; `NotFound` where the client has none of it."""
        with self.application.transactions.read() as work:
            terms = work.terms
            records = ClientRecords(work.session, self.client_id)
            acknowledged = records.acknowledged(provision)
            pack = acknowledged[0] if acknowledged else records.pack(provision, terms.platform)
        if pack is None:
            raise NotFound(_NOTHING_HERE)
        return pack, acknowledged[1] if acknowledged else None

    def acknowledge(self, provision: ProvisionId, parts: Collection[str]) -> None:
        """Acknowledge receipt, once; `StatementIncomplete` where a part is not confirmed."""
        clock = self.application.clock
        with self.application.transactions.begin() as work:
            statements, platform = self._statements(work), work.terms.platform
            work.ledger.hold()  # two clicks at the same time acknowledge once
            pack = statements.records.pack(provision, platform)
            if pack is None:
                raise NotFound(_NOTHING_HERE)
            if statements.records.acknowledged(provision) is not None:
                return
            statements.acknowledge(pack, confirmed(pack, parts, self.account.name, clock.now()))
            work.ledger.sign(clock.real())

    def report(self, provision: ProvisionId) -> Report:
        """An acknowledged report; `DeliverySealed` if nobody acknowledged it, `NotFound` if the client has none."""
        if self.pack(provision)[1] is None:
            raise DeliverySealed(N_("APPI-10: this delivery is sealed until you acknowledge its receipt"))
        return received_report(self.application, self.client_id, provision)

    def is_password_told(self, provision: ProvisionId) -> bool:
        """Whether the password of a report's file was shown at this desk before."""
        with self.application.transactions.read() as work:
            return ClientRecords(work.session, self.client_id).is_password_told(provision)

    def tell_password(self, provision: ProvisionId) -> str | None:
        """The password of a report's file, at this desk once: None where it was told before. Errors as of `report`."""
        password = self.report(provision).password
        if password is None:
            raise NotFound(_NOTHING_HERE)
        with self.application.transactions.begin() as work:
            is_first = self._statements(work).note_password(provision, self.application.clock.real())
        return password if is_first else None

    def instructions(self, provision: ProvisionId) -> Mapping[str, object]:
        """The instructions for use of a report that was acknowledged; errors as of `report`."""
        report = self.report(provision)
        with self.application.transactions.read() as work:
            records = ClientRecords(work.session, self.client_id)
            intended = records.intended_use()
            auc = None if report.model_id is None else records.auc(ModelId(report.model_id))
        return instructions(report, auc, intended[0].overseer if intended else None)

    def actual_use(self, provision: ProvisionId) -> tuple[ActualUse, datetime] | None:
        """What the client said it used a report for; None where it said nothing yet."""
        with self.application.transactions.read() as work:
            return ClientRecords(work.session, self.client_id).actual_use(provision)

    def state_intended(self, purpose: str, kinds: Sequence[str], renounced: Sequence[str], overseer: str) -> None:
        """State what scores will be used for.

        `PurposeProhibited` where that is a prohibited use: it is kept as an alert for the privacy owner (AC-06).
        `StatementIncomplete` where something is missing.
        """
        if prohibited_uses_in(purpose):
            self._alert(None, purpose.strip())
            raise PurposeProhibited(
                N_(
                    "scores must not be used for “%(purpose)s”: they are for following people up, never for deciding "
                    "about them. Nothing can be asked for until another use is stated, and the provider's privacy "
                    "owner is told"
                ),
                purpose=purpose.strip(),
            )
        contract = self._client().contract
        stated = IntendedUse.stated(purpose, kinds, renounced, overseer, contract.prohibited_uses)
        payload = {
            "client_id": self.client_id,
            "stated_by": self.account.name,
            "purpose": stated.purpose,
            "follow_ups": [kind.value for kind in stated.follow_ups],
            "renounced": list(stated.renounced),
            "overseer": stated.overseer,
        }
        with self.application.transactions.begin() as work:
            self._statements(work).state_intended(stated, self._entry(EntryType.USE_STATEMENT, payload))
            work.ledger.sign(self.application.clock.real())

    def state_actual(self, provision: ProvisionId, use: ActualUse) -> None:
        """State what a report was used for; a use in selection is kept, and as an alert for the privacy owner.

        `DeliverySealed` where it was not acknowledged: what nobody opened was not used.
        """
        self.report(provision)
        payload = {
            "client_id": self.client_id,
            "stated_by": self.account.name,
            "provision_id": provision,
            "follow_ups": [kind.value for kind in use.follow_ups],
            "people": use.people,
            "words": use.words,
            "in_selection": use.in_selection,
        }
        with self.application.transactions.begin() as work:
            self._statements(work).state_actual(provision, use, self._entry(EntryType.USE_STATEMENT, payload))
            work.ledger.sign(self.application.clock.real())
        if use.in_selection or prohibited_uses_in(use.words):
            self._alert(provision, use.words)

    def _alert(self, provision: ProvisionId | None, words: str) -> None:
        code = PurposeProhibited.code
        payload = {"client_id": self.client_id, "stated_by": self.account.name, "code": code, "words": words,
                   "provision_id": provision}  # fmt: skip
        with self.application.transactions.begin() as work:
            self._statements(work).alert(code, provision, words, self._entry(EntryType.USE_ALERT, payload))
            work.ledger.sign(self.application.clock.real())

    def _statements(self, work: UnitOfWork) -> ClientStatements:
        return ClientStatements(work.session, work.ledger, self.client_id, self.account.account_no)

    def _entry(self, kind: EntryType, payload: Mapping[str, object]) -> NewEntry:
        return NewEntry(kind, self.application.clock.now(), payload)

    def _carries(self, intended: tuple[IntendedUse, datetime] | None, alerts: Sequence[Alert]) -> bool:
        newest_alert_at = alerts[0].raised_at if alerts else None
        return intended is not None and carries_requests(intended[1], newest_alert_at, self.application.clock.now())

    def _client(self) -> Client:
        with self.application.transactions.read() as work:
            return work.terms.clients[self.client_id]


def refusals_of(job: Job) -> list[str]:
    """Why a run was refused for its client as a whole, as ids of messages; nothing in them is about a person."""
    told = job.told.get("clients")
    of_client = told.get(job.client_id) if isinstance(told, dict) else None
    codes = of_client.get("refused_by", []) if isinstance(of_client, dict) else []
    return [MEANINGS[ReasonCode(code)] for code in codes]


def outcome_of(job: Job) -> str | None:
    """How a run ended for its client: a value of `provision.service.Outcome`; None where it did not end well."""
    told = job.told.get("clients")
    of_client = told.get(job.client_id) if isinstance(told, dict) else None
    return str(of_client.get("outcome")) if isinstance(of_client, dict) else None


def standing_use_alerts(application: Application) -> Sequence[Alert]:
    """The newest prohibited use of each client that has not stated anew since what it uses scores for."""
    with application.transactions.read() as work:
        clients = sorted(work.terms.clients)
    standing: list[Alert] = []
    for client in clients:
        with application.transactions.read() as work:
            records = ClientRecords(work.session, client)
            [*newest] = records.alerts()[:1]
            intended = records.intended_use() if newest else None
        standing += [alert for alert in newest if intended is None or intended[1] <= alert.raised_at]
    return standing


def use_alerts(application: Application) -> Sequence[Alert]:
    """The prohibited uses that clients stated, client by client, the newest of each first (AC-06)."""
    with application.transactions.read() as work:
        clients = sorted(work.terms.clients)
    alerts: list[Alert] = []
    for client in clients:
        with application.transactions.read() as work:
            alerts += ClientRecords(work.session, client).alerts()
    return alerts
