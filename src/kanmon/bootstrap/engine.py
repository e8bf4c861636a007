"""Which engine computes over the lake: DuckDB in this process, or Spark on a cluster, by one setting."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kanmon.adapters.engines.duckdb_engine import OpenDuckDB
from kanmon.adapters.engines.engine import OpenEngine
from kanmon.adapters.engines.judging import EngineJudging
from kanmon.adapters.lake.manifest import LakeFolder
from kanmon.adapters.splink_linker import SplinkLinkers
from kanmon.errors import UsageError
from kanmon.gate.service import Judging, judge_here
from kanmon.language import N_
from kanmon.linkage.service import Linkers

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ENGINE, MASTER = "KANMON_ENGINE", "KANMON_SPARK_MASTER"


def engine_over(lake: LakeFolder) -> OpenEngine:
    """What KANMON_ENGINE says, over a lake; Spark's cluster is the one of KANMON_SPARK_MASTER."""
    if not _is_spark():
        return OpenDuckDB(lake)
    with _spark_told():
        from kanmon.adapters.engines.spark_engine import OpenSpark  # noqa: PLC0415 - an extra, only where chosen
    return OpenSpark(lake, _session)


def judging_over(lake: LakeFolder) -> Judging:
    """Where the gate gathers facts and asks its rules for a batch: the database and this process, or the cluster."""
    return EngineJudging(engine_over(lake)) if _is_spark() else judge_here


def linkers() -> Linkers:
    """What links lists of applicants to members: the cluster weighs by a model of its own."""
    if not _is_spark():
        return SplinkLinkers()
    with _spark_told():
        from kanmon.adapters.engines.spark_linker import SparkLinkers  # noqa: PLC0415 - an extra, only where chosen
    return SparkLinkers(_session)


def _session() -> "SparkSession":
    from kanmon.adapters.engines.spark_engine import spark_session  # noqa: PLC0415 - an extra, only where chosen

    return spark_session(os.environ.get(MASTER) or None)


@contextmanager
def _spark_told() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(
            N_("%(setting)s is spark, but Spark is not installed here: pip install 'kanmon[spark]', with Java 17"),
            setting=ENGINE,
        ) from error


def _is_spark() -> bool:
    chosen = os.environ.get(ENGINE) or "duckdb"
    if chosen not in {"duckdb", "spark"}:
        raise UsageError(N_("%(setting)s is %(value)s; it can be duckdb or spark"), setting=ENGINE, value=chosen)
    return chosen == "spark"
