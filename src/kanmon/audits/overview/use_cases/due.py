"""What the privacy owner has to do, the nearest deadline first: taken from the services that each desk asks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote

from kanmon.application.application import Application
from kanmon.audits.drift.alarm import GIVEN_BY_ALARM
from kanmon.clients.papers.use_cases import ClientPapers
from kanmon.clients.papers.words import DUE
from kanmon.consent.rendered.use_cases import Reported, reported
from kanmon.core.clock import TOKYO
from kanmon.core.language import N_
from kanmon.core.listing import ListQuery
from kanmon.gate.switch.service import StoppedScope
from kanmon.gate.switch.use_cases import switch_state
from kanmon.incidents.matters.use_cases import Matters
from kanmon.incidents.matters.words import KINDS
from kanmon.incidents.use_cases.incidents import Incidents
from kanmon.incidents.words import DUTIES
from kanmon.ledger.witnesses.model import CONFLICTS, WitnessOutcome
from kanmon.ledger.witnesses.use_cases import witness_records
from kanmon.reviews.revisions.model import RevisionState
from kanmon.reviews.revisions.use_cases import RevisionService
from kanmon.reviews.revisions.words import STATES
from kanmon.rights.recall.use_cases import RecallService
from kanmon.rights.requests.service import Request, RequestState
from kanmon.rights.requests.use_cases import Rights
from kanmon.rights.words import RECALL_REASONS, TYPES

SHOWN = 20
"""Items on the first page; fewer than a page of the worklist, so that none with a nearer deadline is left out."""
SOON = timedelta(days=3)
REPORTED = "/review/coverage#reported"
LEDGER = "/officer/ledger#witnesses"
UNCOSIGNED = timedelta(days=1)
"""How long a witness may fail before it is late: it may be under repair."""
ENDED = (RevisionState.ACTIVE, RevisionState.SUPERSEDED, RevisionState.ABANDONED)
"""States in which nobody has to do anything for a revision."""


@dataclass(frozen=True)
class DueItem:
    """Something to do."""

    what: str
    """The id of a message."""
    subject: str
    """What it is about, by number and name."""
    address: str
    """The page on which it is done."""
    due_at: datetime | None = None
    """From then on it is late; None where no date asks for it."""

    def look(self, now: datetime) -> str:
        """How its chip is drawn."""
        if self.due_at is None:
            return "quiet"
        return "late" if now >= self.due_at else "soon" if self.due_at - now <= SOON else "open"

    def hours_left(self, now: datetime) -> int:
        """Whole hours until it is late, or since then."""
        return 0 if self.due_at is None else int(abs(self.due_at - now) / timedelta(hours=1))


@dataclass(frozen=True)
class DueList:
    """What is to be done first, and how much there is in all."""

    items: Sequence[DueItem]
    count: int


@dataclass(frozen=True)
class DueCounts:
    """How much is late, and how much will be within `SOON`."""

    late: int
    soon: int


def due_list(application: Application, told: Reported, stopped: Sequence[StoppedScope]) -> DueList:
    """What waits for the privacy owner, the nearest deadline first, what no date asks for last; `SHOWN` at most."""
    requests = Rights(application).listed(ListQuery(sort="due"))
    waiting = sum(requests.counts.get(state, 0) for state in (RequestState.OPEN, RequestState.OVERDUE))
    others = _others(application, told, stopped)
    items = [*others, *_requests(requests.rows)]
    items.sort(key=lambda item: (item.due_at is None, item.due_at.timestamp() if item.due_at else 0))
    return DueList(items[:SHOWN], len(others) + waiting)


def due_counts(application: Application) -> DueCounts:
    """What is late or soon, as the first page of the privacy owner has it. `UsageError` where nothing was loaded.

    Of requests that are late all are counted; of those soon due, as many as the worklist's first page holds.
    """
    now = application.clock.now()
    requests = Rights(application).listed(ListQuery(sort="due"))
    others = _others(application, reported(application), switch_state(application).stopped)
    late = sum(item.look(now) == "late" for item in others) + requests.counts.get(RequestState.OVERDUE, 0)
    return DueCounts(late, sum(item.look(now) == "soon" for item in [*others, *_requests(requests.rows)]))


def _others(application: Application, told: Reported, stopped: Sequence[StoppedScope]) -> list[DueItem]:
    """What waits beside people's requests."""
    return [
        *_incidents(application), *_recalls(application), *_matters(application), *_revisions(application),
        *_uses(application), *_alarms(stopped), *_reported(told), *_witnesses(application),
    ]  # fmt: skip


def _incidents(application: Application) -> Iterator[DueItem]:
    for row in Incidents(application).due():
        if row.due is not None:
            number = row.incident.incident_id
            subject = f"{number} {row.incident.title}"
            yield DueItem(DUTIES[row.due.duty], subject, f"/officer/incidents/{number}", row.due.due_at)


def _requests(worklist: Sequence[Request]) -> Iterator[DueItem]:
    for request in worklist:
        if request.decided is None:
            address = f"/officer/requests?words={request.request_no}#request-{request.request_no}"
            yield DueItem(TYPES[request.asked.type], str(request.request_no), address, request.due_at)


def _recalls(application: Application) -> Iterator[DueItem]:
    for recall in RecallService(application).open():
        subject = f"{recall.request_no} {recall.client_name}"
        yield DueItem(RECALL_REASONS[recall.because], subject, "/officer/recalls", _after(recall.due_on))


def _matters(application: Application) -> Iterator[DueItem]:
    for matter in Matters(application).due():
        subject, address = f"{matter.matter_id} {matter.notice.title}", f"/officer/matters/{matter.matter_id}"
        due_at = None if matter.due_on is None else _after(matter.due_on)
        yield DueItem(KINDS[matter.notice.kind], subject, address, due_at)


def _revisions(application: Application) -> Iterator[DueItem]:
    service = RevisionService(application)
    for seen in service.coverage().drifted:
        yield DueItem(N_("a screen shows other words"), seen.finding.screen_id, "/review")
    for revision in service.revisions():
        if revision.state is not None and revision.state not in ENDED:
            subject = f"{revision.revision_no} {revision.policy_id} {revision.version_id}"
            yield DueItem(STATES[revision.state], subject, f"/review/revisions/{revision.revision_no}")


def _uses(application: Application) -> Iterator[DueItem]:
    for file in ClientPapers(application).files():
        subject = f"{file.client.client_id} {file.client.legal_name}"
        for due in file.due:
            yield DueItem(DUE[due.kind], subject, f"/officer/clients/{quote(file.client.client_id)}", due.due_at)


def _alarms(stopped: Sequence[StoppedScope]) -> Iterator[DueItem]:
    for stop in stopped:
        if stop.last.because.startswith(GIVEN_BY_ALARM):
            subject = f"{stop.scope.client_id} {stop.last.because.removeprefix(GIVEN_BY_ALARM)}"
            yield DueItem(N_("a model gave a drift alarm"), subject, "/officer/stops")


def _witnesses(application: Application) -> Iterator[DueItem]:
    """What a witness holds against the ledger, and one that has not cosigned for a day."""
    records, conflicts = witness_records(application)
    opposing = {record.witness for record in records if record.outcome in CONFLICTS}
    for conflict in conflicts:
        if conflict.note is None and conflict.witness not in opposing:
            continue  # a word that the witness holds to no more
        subject = f"{conflict.witness.partition('+')[0]} {conflict.size}"
        yield DueItem(N_("a witness holds another ledger"), subject, LEDGER, conflict.found_at)
    for record in records:
        if record.outcome not in (WitnessOutcome.COSIGNED, *CONFLICTS):
            since = record.since + UNCOSIGNED
            yield DueItem(N_("a witness has not cosigned"), record.name, LEDGER, since)


def _reported(told: Reported) -> Iterator[DueItem]:
    """What browsers report is told at once, whatever the crawler has seen."""
    first: dict[str, datetime] = {}
    for words in told.words:
        first[words.screen_id] = min(words.first_in, first.get(words.screen_id, words.first_in))
    for screen, at in first.items():
        yield DueItem(N_("browsers report other words on a screen"), screen, REPORTED, at + SOON)
    for screen in told.disagreeing:
        yield DueItem(N_("agreements without script against what the crawler saw"), screen, REPORTED)


def _after(day: date) -> datetime:
    """The moment at which a day in Japan is over."""
    return datetime.combine(day + timedelta(days=1), time(), TOKYO).astimezone(UTC)
