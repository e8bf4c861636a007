"""What runs the lake's questions: expressions are the same on every engine, reading and keeping tables is its own."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import ibis.expr.types as ir
import pyarrow as pa

from kanmon.lake.files.manifest import LakeFolder

Work = Callable[[pa.Table], pa.Table]
"""Turns rows into other rows; it must be importable where the engine's processes run."""


class LakeEngine(Protocol):
    """A connection to one engine, over the lake as it lies."""

    def lake(self, table: str) -> ir.Table:
        """A table of the lake (event, identity, name); one without any rows where nothing was loaded."""

    def made(self, rows: pa.Table) -> ir.Table:
        """Rows of this process as a table of the engine."""

    def keep(self, table: ir.Table) -> ir.Table:
        """Computes a table once and gives it back as one that is read again cheaply."""

    def fetched(self, table: ir.Table) -> pa.Table:
        """The rows of a table, in its order."""

    def worked(self, table: ir.Table, order: Sequence[str], work: Work, schema: pa.Schema) -> pa.Table:
        """What `work` makes of a table's rows where they lie, in no order.

        Rows with the same value of the first column of `order` come together, in that order; a call may bring those of
        several values, or of none.
        """


def codes_of(engine: LakeEngine, space: str) -> Mapping[str, int]:
    """The number of each name of one space of the dictionary; what was erased has none."""
    names = engine.lake("name")
    found = engine.fetched(names.filter((names.space == space) & names.name.notnull()).select("name", "code"))
    return dict(zip(found["name"].to_pylist(), found["code"].to_pylist(), strict=True))


class OpenEngine(Protocol):
    """Opens a connection over a lake; what it kept is gone when the block ends."""

    folder: LakeFolder

    def __call__(self) -> AbstractContextManager[LakeEngine]:
        """A new connection; FileNotFoundError where a file of the lake went meanwhile."""
