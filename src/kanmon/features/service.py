"""Features of cleared people, as a table that models read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kanmon.core.ids import ClientId
from kanmon.features.definition import OF_COVERED_SITES
from kanmon.lake.cleared import ClearedPerson

HISTORY = ("own_events_all", "other_events_all")


@dataclass(frozen=True)
class FeatureTable:
    """One row for each cleared person, in the order asked: `client`, then every feature of the catalogue as float64."""

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def of_client(self, client: ClientId) -> "FeatureTable":
        """The rows of one client's people, in their order."""
        return FeatureTable(self.table.filter(pc.equal(self.table["client"], client)))

    def matrix(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Values (n, names); what is undefined for a person stands in the middle of those for whom it is defined.

        What is of partner sites stays NaN where the person's words name none.
        """
        columns = [
            self.column(name) if name in OF_COVERED_SITES else _middle_for_nulls(self.table[name].to_numpy())
            for name in names
        ]
        return np.column_stack(columns)

    def column(self, name: str) -> NDArray[np.float64]:
        """The values of one feature as they are, NaN where undefined, (n,)."""
        return np.asarray(self.table[name].to_numpy(), np.float64)

    def names_partner_sites(self) -> NDArray[np.bool_]:
        """Whether each person's words name a partner site whose history may be used, (n,)."""
        return ~np.isnan(self.column(min(OF_COVERED_SITES)))

    def has_history(self) -> NDArray[np.bool_]:
        """Whether each person did anything at all on the board before `as_of`, (n,)."""
        return np.asarray(sum(self.table[name].to_numpy() for name in HISTORY) > 0)


class FeatureEngine(Protocol):
    """Computes features; every engine gives the same."""

    def compute(self, cleared: Sequence[ClearedPerson]) -> FeatureTable:
        """The features of all cleared people, of whatever clients, in the order given."""


def _middle_for_nulls(column: NDArray[np.float64]) -> NDArray[np.float64]:
    undefined = np.isnan(column)
    if undefined.any():
        middle = 0.0 if undefined.all() else float(np.median(column[~undefined]))
        return np.where(undefined, middle, column)
    return column
