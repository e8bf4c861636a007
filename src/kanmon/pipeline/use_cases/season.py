"""A run of the main job, put together."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kanmon.application.application import Application
from kanmon.application.engine import engine_over
from kanmon.application.judging import judging_over
from kanmon.application.linkers import linkers
from kanmon.core.ids import ClientId, SeasonId
from kanmon.engines.browsers import LakeBrowsers
from kanmon.engines.features import LakeFeatures
from kanmon.features.files import DuckDBChangeDetector
from kanmon.gate.use_cases import enter_answers
from kanmon.lake.use_cases import compact_lake, lake_is_scattered
from kanmon.ledger.use_cases.awaited import take_awaited
from kanmon.linkage.files import LinkReportFolder
from kanmon.modelling.files import ModelCardFolder
from kanmon.modelling.service import Trainer
from kanmon.pipeline.gate_run import ClientRun
from kanmon.pipeline.linking import SeasonLinker
from kanmon.pipeline.season_run import SeasonRun
from kanmon.pipeline.use_cases.transactions import season_transactions
from kanmon.provision.files.folder import ReportFolder


def season_run(application: Application) -> SeasonRun:
    """A new run of the main job or of one of its steps; raises as `check_providing`, and `LakeDamaged`."""
    application.check_providing()
    lake = application.lake
    lake.check_files()
    engine = engine_over(lake)
    return SeasonRun(
        season_transactions(application.transactions),
        LakeFeatures(engine),
        DuckDBChangeDetector(lake),
        LakeBrowsers(engine),
        Trainer(),
        ReportFolder(application.workspace.reports),
        ModelCardFolder(application.workspace.models),
        application.clock,
        application.progress,
        SeasonLinker(linkers(), LinkReportFolder(application.workspace.links)),
        judging_over(lake),
    )


@contextmanager
def begun_run(
    application: Application, command: str, clients: Sequence[ClientId], season: SeasonId | None
) -> Iterator[tuple[SeasonRun, list[ClientRun]]]:
    """A run of the main job or of one of its steps, begun and, with the block, ended; of no clients named, for all.

    After the main job for all, the lake's files are merged where they are many: its scores have seen every one of
    them, so that none is computed again for this.
    """
    enter_answers(application)
    take_awaited(application)
    run = season_run(application)
    yield run, run.begin(command, clients, season)
    run.finish()
    if command == "run" and not clients and season is None and lake_is_scattered(application):
        compact_lake(application)
