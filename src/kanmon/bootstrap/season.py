"""A run of the main job, put together."""

from kanmon.adapters.engines.browsers import LakeBrowsers
from kanmon.adapters.engines.features import LakeFeatures
from kanmon.adapters.lake.news import DuckDBChangeDetector
from kanmon.adapters.link_reports import LinkReportFolder
from kanmon.adapters.model_cards import ModelCardFolder
from kanmon.adapters.report_store import ReportFolder
from kanmon.bootstrap.application import Application
from kanmon.bootstrap.engine import engine_over
from kanmon.bootstrap.judging import judging_over
from kanmon.bootstrap.linkers import linkers
from kanmon.modelling.service import Trainer
from kanmon.road.linking import SeasonLinker
from kanmon.road.season_run import SeasonRun


def season_run(application: Application) -> SeasonRun:
    """A new run of the main job or of one of its steps; raises as `check_providing`, and `LakeDamaged`."""
    application.check_providing()
    lake = application.lake
    lake.check_files()
    engine = engine_over(lake)
    return SeasonRun(
        application.transactions,
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
