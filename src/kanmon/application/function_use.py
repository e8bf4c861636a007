"""Who used a function of the board, asked of the engine that KANMON_ENGINE names."""

from importlib import import_module

from kanmon.audits.gap.service import FunctionUse
from kanmon.lake.files.manifest import LakeFolder

_ENGINE = "kanmon.application.engine"
"""Loads both engines: only where events are looked through, not wherever incidents are listed."""


def function_use(lake: LakeFolder) -> FunctionUse:
    """What knows who used a function, by the events of this lake."""
    used: FunctionUse = import_module(_ENGINE).engine_function_use(lake)
    return used
