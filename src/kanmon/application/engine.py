"""Which engine computes over the lake: DuckDB in this process, or Spark on a cluster, by one setting."""

from importlib import import_module
from types import ModuleType

from kanmon.application.judging import SETTING, is_spark
from kanmon.core.errors import UsageError
from kanmon.core.language import N_
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.engine import OpenEngine
from kanmon.engines.function_use import LakeFunctionUse
from kanmon.engines.judging import EngineJudging
from kanmon.gate.service import JudgingEngine
from kanmon.lake.files.manifest import LakeFolder


def engine_over(lake: LakeFolder) -> OpenEngine:
    """What KANMON_ENGINE says, over a lake."""
    if not is_spark():
        return OpenDuckDB(lake)
    engine: OpenEngine = spark().engine_over(lake)
    return engine


def engine_judging(lake: LakeFolder) -> JudgingEngine:
    """What has the engine gather facts and ask the gate's rules."""
    return EngineJudging(engine_over(lake))


def engine_function_use(lake: LakeFolder) -> LakeFunctionUse:
    """What asks the engine who used a function of the board."""
    return LakeFunctionUse(engine_over(lake))


def spark() -> ModuleType:
    """What puts Spark together. Spark is an extra: only where it is chosen need it be installed."""
    try:
        return import_module("kanmon.application.spark")
    except ModuleNotFoundError as error:
        raise UsageError(
            N_("%(setting)s is spark, but Spark is not installed here: pip install 'kanmon[spark]', with Java 17"),
            setting=SETTING,
        ) from error
