"""Where the gate asks its rules for a batch: in this process or, where KANMON_ENGINE says so, on the cluster."""

import os
from importlib import import_module

from kanmon.core.errors import UsageError
from kanmon.core.language import N_
from kanmon.gate.service import JudgingEngine, judge_here
from kanmon.lake.files.manifest import LakeFolder

SETTING = "KANMON_ENGINE"
_ENGINE = "kanmon.application.engine"
"""Loads both engines: only where the gate is to ask one of them."""


def judging_over(lake: LakeFolder) -> JudgingEngine:
    """Where the gate gathers facts and asks its rules for a batch: the database and this process, or the cluster."""
    if not is_spark():
        return judge_here
    judging: JudgingEngine = import_module(_ENGINE).engine_judging(lake)
    return judging


def is_spark() -> bool:
    """Whether KANMON_ENGINE says Spark; `UsageError` where it says something else than an engine."""
    chosen = os.environ.get(SETTING) or "duckdb"
    if chosen not in {"duckdb", "spark"}:
        raise UsageError(N_("%(setting)s is %(value)s; it can be duckdb or spark"), setting=SETTING, value=chosen)
    return chosen == "spark"
