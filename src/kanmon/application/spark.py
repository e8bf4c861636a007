"""Spark as the engine, for where it is installed and chosen."""

import os

from kanmon.engines.engine import OpenEngine
from kanmon.engines.spark_engine import OpenSpark, spark_session
from kanmon.engines.spark_linker import SparkLinkers
from kanmon.lake.files.manifest import LakeFolder
from kanmon.linkage.service import Linkers


def engine_over(lake: LakeFolder) -> OpenEngine:
    """Spark over a lake, on the cluster of KANMON_SPARK_MASTER."""
    return OpenSpark(lake, lambda: spark_session(_master()))


def linkers() -> Linkers:
    """What links lists of applicants to members, by a model of its own."""
    return SparkLinkers(lambda: spark_session(_master()))


def _master() -> str | None:
    return os.environ.get("KANMON_SPARK_MASTER") or None
