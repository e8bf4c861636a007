"""Which engine computes over the lake: DuckDB in this process, or Spark on a cluster, by one setting."""

from importlib import import_module
from types import ModuleType

from kanmon.adapters.engines.duckdb_engine import OpenDuckDB
from kanmon.adapters.engines.engine import OpenEngine
from kanmon.adapters.engines.judging import EngineJudging
from kanmon.adapters.lake.manifest import LakeFolder
from kanmon.bootstrap.judging import SETTING, is_spark
from kanmon.errors import UsageError
from kanmon.gate.service import JudgingEngine
from kanmon.language import N_


def engine_over(lake: LakeFolder) -> OpenEngine:
    """What KANMON_ENGINE says, over a lake."""
    if not is_spark():
        return OpenDuckDB(lake)
    engine: OpenEngine = spark().engine_over(lake)
    return engine


def engine_judging(lake: LakeFolder) -> JudgingEngine:
    """What has the engine gather facts and ask the gate's rules."""
    return EngineJudging(engine_over(lake))


def spark() -> ModuleType:
    """What puts Spark together. Spark is an extra: only where it is chosen need it be installed."""
    try:
        return import_module("kanmon.bootstrap.spark")
    except ModuleNotFoundError as error:
        raise UsageError(
            N_("%(setting)s is spark, but Spark is not installed here: pip install 'kanmon[spark]', with Java 17"),
            setting=SETTING,
        ) from error
