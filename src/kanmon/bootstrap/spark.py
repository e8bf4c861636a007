"""Spark as the engine, for where it is installed and chosen."""

import os

from kanmon.adapters.engines.engine import OpenEngine
from kanmon.adapters.engines.spark_engine import OpenSpark, spark_session
from kanmon.adapters.engines.spark_linker import SparkLinkers
from kanmon.adapters.lake.manifest import LakeFolder
from kanmon.linkage.service import Linkers


def engine_over(lake: LakeFolder) -> OpenEngine:
    """Spark over a lake, on the cluster of KANMON_SPARK_MASTER."""
    return OpenSpark(lake, lambda: spark_session(_master()))


def linkers() -> Linkers:
    """What links lists of applicants to members, by a model of its own."""
    return SparkLinkers(lambda: spark_session(_master()))


def _master() -> str | None:
    return os.environ.get("KANMON_SPARK_MASTER") or None
