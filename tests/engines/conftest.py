"""Every question of the lake is asked on each engine: DuckDB in this process, Spark in executors of its own."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.engine import OpenEngine
from kanmon.engines.spark_engine import OpenSpark, spark_session

EngineOver = Callable[[Path], OpenEngine]
_SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SMALL = {
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.ui.enabled": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": _SHORT_LIVED,
    "spark.executor.extraJavaOptions": _SHORT_LIVED,
}
"""A cluster for a handful of rows: most of the time would go into compiling and planning."""


def spark_for_tests() -> SparkSession:
    """Two executors on this machine, each a process of its own; or the cluster that KANMON_SPARK_MASTER names."""
    return spark_session(os.environ.get("KANMON_SPARK_MASTER") or "local-cluster[2,1,1024]", SMALL)


@pytest.fixture(scope="session", params=["duckdb", "spark"])
def engine_over(request: pytest.FixtureRequest) -> EngineOver:
    """Makes an engine over the lake in a folder."""
    if request.param == "duckdb":
        return OpenDuckDB
    return lambda lake: OpenSpark(lake, spark_for_tests)
