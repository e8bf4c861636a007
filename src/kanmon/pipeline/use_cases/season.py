"""A run of the main job, put together."""

from kanmon.application.application import Application
from kanmon.application.engine import engine_over
from kanmon.application.judging import judging_over
from kanmon.application.linkers import linkers
from kanmon.engines.browsers import LakeBrowsers
from kanmon.engines.features import LakeFeatures
from kanmon.features.files import DuckDBChangeDetector
from kanmon.linkage.files import LinkReportFolder
from kanmon.modelling.files import ModelCardFolder
from kanmon.modelling.service import Trainer
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
