"""Values that too many people share to say anything of one of them: placeholder addresses, default days of birth.

Which those are is read from how often they stand in the members or in the client's list, not from a list of suspects.
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

SHARERS = 4
"""A family may share an address; more people than these share none."""
SHARE_OF_BIRTHS = 0.01
"""No day sees more of a list's births: one cohort's are spread over 365, and twins are few."""
FEWEST_BIRTHS = 20
"""Of short lists, so many on one day say that it is a default."""

CommonValues = Mapping[str, pa.Array]
"""By column, the values that say nothing."""


def common_values(rows: pa.Table) -> CommonValues:
    """The addresses, first parts of addresses and days of birth of comparable rows that too many share."""
    births = len(rows) - rows["birth_date"].null_count
    return {
        "email": _above(rows["email"], SHARERS),
        "email_local": _above(rows["email_local"], SHARERS),
        "birth_date": _above(rows["birth_date"], max(FEWEST_BIRTHS - 1, int(births * SHARE_OF_BIRTHS))),
    }


def without(rows: pa.Table, *common: CommonValues) -> pa.Table:
    """The rows with nothing in place of values that say nothing, and a column `has_default`: whether they had one."""
    has_default: pa.ChunkedArray | pa.Scalar = pa.scalar(False)
    for column in ("email", "email_local", "birth_date"):
        said = pa.concat_arrays([values[column] for values in common])
        is_common = pc.is_in(rows[column], value_set=said)
        kept = pc.if_else(is_common, pa.scalar(None, pa.string()), rows[column])
        rows = rows.set_column(rows.schema.get_field_index(column), column, kept)
        if column != "email_local":  # the first part of an address may be common where the whole is not
            has_default = pc.or_(is_common, has_default)
    return rows.append_column("has_default", has_default)


def _above(column: pa.ChunkedArray, most: int) -> pa.Array:
    counted = pc.value_counts(column.drop_null())
    return counted.field("values").filter(pc.greater(counted.field("counts"), most)).cast(pa.string())
