"""The season of the release, played twice over the same logs: as it was, and with the rules on."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from kanmon.application.application import Application, stop_database
from kanmon.application.creating import create_workspace
from kanmon.audits.gap.displayed import DisplayCounts
from kanmon.audits.gap.model import CAUSE_MEANINGS, Gap, GapRule
from kanmon.audits.gap.use_cases import audited_gap
from kanmon.audits.overview.use_cases.overview import stale_screens_of
from kanmon.core.clock import TOKYO
from kanmon.core.ids import ClientId, SeasonId
from kanmon.core.language import N_
from kanmon.core.progress import Progress
from kanmon.gate.decision import ReasonCode
from kanmon.intake.use_cases.loading import load_folder
from kanmon.pipeline.gate_run import ClientRun
from kanmon.pipeline.use_cases.season import season_run
from kanmon_stories.release.aftermath import Aftermath, play_aftermath
from kanmon_stories.release.plan import MENDED_AT, REVISED_AT, SEASON_2020, Contractor, Story, contractors, waves
from kanmon_stories.release.season import write_release_season

_SEASON = SeasonId(SEASON_2020.season_id)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class LogCounts:
    """What the logs hold, counted from the folder."""

    members: Mapping[str, int]
    """By season."""
    contracted: int
    clients_with_targets: int
    targets: Mapping[str, int]
    """People, by the season scored."""


@dataclass(frozen=True)
class PlayResult:
    """What became of the people in one play."""

    provided: int
    """People whose data went to at least one client."""
    gap_release: int
    """People without valid consent by the rule of the release."""
    gap_strict: int
    """People without valid consent before a delivery."""
    causes: Mapping[str, int]
    """The same people by cause; one may count under several."""
    found_on: date
    """The day on which it would have been seen that something was wrong."""
    refused: Mapping[ReasonCode, int]
    """People refused, by each reason; as it was, nobody was."""

    @property
    def found_after_days(self) -> int:
        """Days from the revision to `found_on`."""
        return (self.found_on - REVISED_AT.date()).days


@dataclass(frozen=True)
class ReplayResult:
    """The whole replay."""

    counted: LogCounts
    stale: DisplayCounts
    """The screen that went on showing the old words, as the acts of consent on it tell."""
    gap_seen_on: date
    """The day after the first delivery that an audit of the gap, asked every day, would have found people in."""
    as_it_was: PlayResult
    with_rules: PlayResult
    aftermath: Aftermath
    story: Story


@dataclass(frozen=True)
class _Applicants:
    """Who stands behind each applicant: a member, or in 2019 a browser."""

    contractors: Sequence[Contractor]
    table: pa.Table
    person: Mapping[tuple[str, str], str]
    """By client and applicant ID."""


def replay_release(keep: Path | None, story: Story, seed: int, scale: float, progress: Progress) -> ReplayResult:
    """Generate the season, load it, and play it; `keep` is where its folder stays."""
    with ExitStack() as stack:
        root = Path(stack.enter_context(TemporaryDirectory(prefix="kanmon-replay-")))
        folder, workspace = keep or root / "season", root / "workspace"
        with progress.step(N_("generate the season of 2019 and 2020")):
            write_release_season(folder, story, seed, scale)
        create_workspace(workspace, is_replay=True)
        stack.callback(stop_database, workspace)
        applicants = _applicants(folder, story)
        with Application.open(workspace, MENDED_AT, progress) as application:
            load_folder(application, folder)
            as_it_was = _as_it_was(application, story, applicants)
            [stale, *_] = stale_screens_of(application, REVISED_AT, MENDED_AT)
            gap_seen_on = _first_gap(application, applicants.contractors)
        provided, refused = _play_with_rules(workspace, applicants, progress)
        with Application.open(workspace, MENDED_AT, progress) as application:
            in_gap = _gaps(application, story, only_provided=True)
        aftermath = play_aftermath(workspace, progress)
        found_on = (stale.first_at.astimezone(TOKYO) + _DAY).date()  # by a check of each finished day
        with_rules = PlayResult(len(provided), *in_gap, found_on, refused)
        return ReplayResult(_counted(folder, applicants), stale, gap_seen_on, as_it_was, with_rules, aftermath, story)


def _as_it_was(application: Application, story: Story, applicants: _Applicants) -> PlayResult:
    """Everybody whom a client handed in was provided; it was found when somebody first looked at the screens."""
    in_gap = _gaps(application, story, only_provided=False)
    [looked_at, *_] = stale_screens_of(application, REVISED_AT, MENDED_AT, by_looks=True)
    targets = sum(_people_by_season(applicants).values())
    return PlayResult(targets, *in_gap, looked_at.first_at.astimezone(TOKYO).date(), {})


def _first_gap(application: Application, clients: Sequence[Contractor]) -> date:
    """Between two deliveries nothing goes, so it is enough to ask after each of them."""
    days = [moment + _DAY for moment, _ in waves(clients) if moment >= REVISED_AT]
    found = (day for day in days if audited_gap(application, _SEASON, REVISED_AT, day, GapRule.STRICT).count)
    return next(found).date()


def _gaps(application: Application, story: Story, only_provided: bool) -> tuple[int, int, Mapping[str, int]]:
    """How many people the published rule finds since the revision, how many the strict one in the story's seasons."""

    def gap(season: SeasonId, since: datetime, rule: GapRule) -> Gap:
        return audited_gap(application, season, since, MENDED_AT, rule, only_provided=only_provided)

    strict = [gap(SeasonId(season), since, GapRule.STRICT) for season, since in story.seasons.items()]
    counted = sum((Counter(found.reasons) for found in strict), Counter[str]())
    causes = {str(cause): counted[cause] for cause in CAUSE_MEANINGS if cause in counted}
    return gap(_SEASON, REVISED_AT, GapRule.RELEASE).count, sum(found.count for found in strict), causes


def _play_with_rules(
    workspace: Path, applicants: _Applicants, progress: Progress
) -> tuple[set[str], Mapping[ReasonCode, int]]:
    """The main job for each client at the moment of its report; who was provided, and how many each reason refused."""
    provided: set[str] = set()
    refused: set[tuple[ReasonCode, str]] = set()
    for moment, clients in waves(applicants.contractors):
        for run in _run_at(workspace, moment, [ClientId(client.client_id) for client in clients], progress):
            assert run.provided is not None
            client = run.client.client_id
            for decision in run.provided.decisions.decisions:
                person = applicants.person[client, decision.applicant_id]
                refused |= {(reason.code, person) for reason in decision.reasons}
            if run.provided.report is not None:
                rows = run.provided.report.rows
                provided |= {applicants.person[client, row.applicant_id] for row in rows if row.score is not None}
    return provided, Counter(code for code, _ in refused)


def _run_at(workspace: Path, moment: datetime, clients: list[ClientId], progress: Progress) -> Iterator[ClientRun]:
    with Application.open(workspace, moment, progress) as application:
        run = season_run(application)
        runs = run.begin("replay", clients, None)
        run.all_steps(runs)
        run.finish()
    yield from runs


def _applicants(folder: Path, story: Story) -> _Applicants:
    """The applicants whose scores went, without those handed in to learn from."""
    clients = contractors(story)
    scored = {client.client_id: client.season.season_id for client in clients}
    table = pyarrow.csv.read_csv(folder / "applicants.csv")
    seasons = pa.array([scored[client] for client in table["client_id"].to_pylist()])
    table = table.filter(pc.equal(table["season"].cast(pa.string()), seasons))
    people = pc.if_else(pc.equal(table["member_id"], ""), table["cookie_id"], table["member_id"]).to_pylist()
    keys = zip(table["client_id"].to_pylist(), table["applicant_id"].to_pylist(), strict=True)
    return _Applicants(clients, table, dict(zip(keys, people, strict=True)))


def _people_by_season(applicants: _Applicants) -> Mapping[str, int]:
    seasons = applicants.table["season"].cast(pa.string()).to_pylist()
    return Counter(season for season, _ in set(zip(seasons, applicants.person.values(), strict=True)))


def _counted(folder: Path, applicants: _Applicants) -> LogCounts:
    seasons = pq.read_table(folder / "members.parquet", columns=["season"])["season"]
    members = {counted["values"]: counted["counts"] for counted in pc.value_counts(seasons).to_pylist()}
    clients = len(pc.unique(applicants.table["client_id"]))
    return LogCounts(members, len(applicants.contractors), clients, _people_by_season(applicants))
