"""The first step of the main job for clients that name their applicants by personal data: whose row is whose."""

from collections.abc import Mapping, Sequence

from kanmon.clients.contract import Client
from kanmon.core.clock import Clock
from kanmon.core.ids import ApplicantId, ClientId, MemberId, RunId, SeasonId, new_run_id
from kanmon.core.language import N_
from kanmon.core.progress import Progress
from kanmon.core.transaction import Begin
from kanmon.linkage.link import Thresholds
from kanmon.linkage.review import ExaminedApplicant, LinkReviewDecision, review
from kanmon.linkage.service import ApplicantList, Linkers, LinkingOutcome, LinkReports, link
from kanmon.pipeline.ports import Transaction
from kanmon.pipeline.ties import may_be_linked


class SeasonLinker:
    """Links the lists of some clients, each by itself; where nothing was loaded since, nothing is done."""

    def __init__(self, linkers: Linkers, reports: LinkReports) -> None:
        self._linkers = linkers
        self._reports = reports

    def link(
        self, clients: Sequence[Client], begin: Begin[Transaction], run_id: RunId, clock: Clock, progress: Progress
    ) -> Mapping[ClientId, LinkingOutcome]:
        """Link last year's and this year's lists; for each client the newest report, and how many ties did not hold."""
        seasons: dict[SeasonId, list[ApplicantList]] = {}
        for client in filter(may_be_linked, clients):
            for season in dict.fromkeys((client.contract.trains_on, client.contract.scores)):
                with begin() as transaction:
                    waiting = transaction.links.to_compare(client.client_id, season)
                if waiting is not None:
                    seasons.setdefault(season, []).append(waiting)
        linked: dict[ClientId, LinkingOutcome] = {}
        for season, lists in sorted(seasons.items()):
            with begin() as transaction:
                members = transaction.links.members(season)
            with progress.step(N_("link: compare"), len(lists)) as step, self._linkers.over(members) as linker:
                for applicants in lists:
                    found = link(linker, applicants, Thresholds())
                    before = linked.get(applicants.client_id, LinkingOutcome()).dissolved
                    with begin() as transaction:
                        dissolved = before + transaction.links.record(found, run_id, clock.now())
                        linked[applicants.client_id] = LinkingOutcome(self._reports.write(found, run_id), dissolved)
                    step.advance()
        return linked


def links_to_review(begin: Begin[Transaction], clients: Sequence[ClientId]) -> list[ExaminedApplicant]:
    """The applicants of these clients (all, where none is named) that wait for a person's look."""
    with begin() as transaction:
        chosen = transaction.service.terms().chosen(clients, None)
        return [row for client in chosen for row in transaction.reviews.waiting(client.client_id)]


def review_links(
    begin: Begin[Transaction],
    clock: Clock,
    clients: Sequence[ClientId],
    accepted: Sequence[tuple[ApplicantId, MemberId]],
    rejected: Sequence[ApplicantId],
    person: str,
) -> list[LinkReviewDecision]:
    """Put a person's decisions in force: all of them or, where one can't be, none. Rejections go first."""
    run_id = new_run_id(clock.now())
    asked: list[tuple[ApplicantId, MemberId | None]] = [*((applicant, None) for applicant in rejected), *accepted]
    with begin() as transaction:
        chosen = [client.client_id for client in transaction.service.terms().chosen(clients, None)]
        transaction.runs.begin(run_id, "link review", clock.now(), clock.real(), clock.is_replay)
        found = [
            review(transaction.reviews, chosen, applicant, member, person=person, run_id=run_id, at=clock.now())
            for applicant, member in asked
        ]
        transaction.runs.finish(run_id, clock.real())
    return found
