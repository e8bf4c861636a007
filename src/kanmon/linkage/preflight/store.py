"""The member base as the preflight tries it: what is known of each member, in columns."""

import io

import psycopg
import pyarrow as pa
import pyarrow.csv

from kanmon.db.unit_of_work import ReadSession
from kanmon.linkage.preflight.spellings import COLUMNS

_COPY = f"COPY (SELECT {', '.join(COLUMNS)} FROM member) TO STDOUT (FORMAT csv, HEADER)"  # noqa: S608 - constants


def member_base(session: ReadSession) -> pa.Table:
    """Every member, in the columns of `linkage.preflight.spellings`, all strings; what is not known is null."""
    driver = session.connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        written = io.BytesIO(b"".join(bytes(part) for part in copy))
    return pyarrow.csv.read_csv(
        written,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(COLUMNS, pa.string()),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        ),
    )
