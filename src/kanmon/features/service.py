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
from kanmon.lake.event import NO_SITES

EVERYBODY, NOT_COMPARED = 0, -1
"""Groups of people who are compared: all, and nobody. Others are numbered as the sets of partner sites are."""
HISTORY = ("own_events_all", "other_events_all")


@dataclass(frozen=True)
class FeatureTable:
    """One row for each cleared person, in the order asked, with every feature of the catalogue as float64.

    Before them stand `client` and `sites`: a number for each set of partner sites that people's words name.
    """

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def of_client(self, client: ClientId) -> "FeatureTable":
        """The rows of one client's people, in their order."""
        return FeatureTable(self.table.filter(pc.equal(self.table["client"], client)))

    def matrix(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Values (n, names); what is undefined for a person stands in the middle of those for whom it is defined."""
        columns = [self.table[name].to_numpy() for name in names]
        return np.column_stack([_middle_for_nulls(column) for column in columns])

    def groups(self, names: Sequence[str]) -> NDArray[np.int64]:
        """Who is compared with whom in each feature: those of equal numbers (n, names), but for `NOT_COMPARED`.

        All are compared with all, but in what is of partner sites those whose words name the same sites, and whoever's
        name none with nobody.
        """
        sites = np.asarray(self.table["sites"].to_numpy(), np.int64)
        of_sites = np.where(sites == NO_SITES, NOT_COMPARED, sites)
        everybody = np.full(len(self), EVERYBODY, np.int64)
        return np.column_stack([of_sites if name in OF_COVERED_SITES else everybody for name in names])

    def column(self, name: str) -> NDArray[np.float64]:
        """The values of one feature as they are, NaN where undefined, (n,)."""
        return np.asarray(self.table[name].to_numpy(), np.float64)

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
