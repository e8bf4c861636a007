"""What a client hands over itself: only rows of its own, and no member named in them."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kanmon.core.faults import Fault
from kanmon.core.ids import ClientId
from kanmon.core.refused import REFUSED_SCHEMA
from kanmon.intake.loading import StagedTable


def only_of(client: ClientId) -> Callable[[StagedTable], StagedTable]:
    """Refuses the rows of a table of applicants that this client may not hand over.

    Rows in another client's name, and rows that say which member an applicant is: that is for linkage to find out, or
    a client could ask about any member by guessing.
    """

    def own(staged: StagedTable) -> StagedTable:
        if staged.path is None:
            return staged
        rows = pq.read_table(staged.path)
        is_foreign = pc.not_equal(rows["client_id"], client)
        names_member = pc.and_not(pc.is_valid(rows["member_id"]), is_foreign)
        refused = [
            staged.refused,
            _refused(rows.filter(is_foreign), "client_id", Fault.UNKNOWN_CLIENT),
            _refused(rows.filter(names_member), "member_id", Fault.NOT_ALLOWED),
        ]
        kept = staged.path.with_suffix(".own.parquet")
        pq.write_table(rows.filter(pc.invert(pc.or_(is_foreign, names_member))), kept)
        return replace(staged, path=kept, refused=pa.concat_tables(refused).sort_by("line"))

    return own


def _refused(rows: pa.Table, column: str, fault: Fault) -> pa.Table:
    count = len(rows)
    values = [rows["line"], [column] * count, rows[column], [fault.value] * count]
    return pa.table(values, schema=REFUSED_SCHEMA)
