"""How behaviour events lie in the lake.

A subject is a member (its number) or, for an event without one, a cookie (its number, negative). Times are milliseconds
since 1970 in UTC. Names (kinds, companies, pages, sites) are numbers of a dictionary; 0 stands for none.
"""

import pyarrow as pa

DAY_MS = 86_400_000
TOKYO_OFFSET_MS = 9 * 3_600_000
BUCKETS = 64
"""Files are kept apart by `subject modulo 64`, so that erasing one person rewrites one file."""

EVENT_SCHEMA = pa.schema(
    [
        ("subject", pa.int32()),
        ("t", pa.int64()),
        ("kind", pa.int32()),
        ("target", pa.int32()),
        ("page", pa.int32()),
        ("weight", pa.int32()),
        ("site", pa.int32()),
    ]
)
"""One row for each event; sorted by subject and time within a file."""

IDENTITY_SCHEMA = pa.schema([("cookie", pa.int32()), ("member", pa.int32()), ("seen_at", pa.int64())])
"""One row for each login that tied a cookie to a member; member 0 is one whose data were erased."""

NAME_SCHEMA = pa.schema([("space", pa.string()), ("name", pa.string()), ("code", pa.int32())])
"""The dictionary: the number of each name within its space (cookie, kind, target, page, site), from 1.

A name that was erased is null; its number is not given again."""

SCHEMAS = {"event": EVENT_SCHEMA, "identity": IDENTITY_SCHEMA, "name": NAME_SCHEMA}
"""The tables of the lake that questions are asked of."""

OWN_SITE = 0
"""The board itself; any other number is a partner site."""
NO_SITES = 0
"""The empty set of partner sites; others that people's words name are numbered from 1."""
