"""A query to a MySQL or MariaDB, read only, as Parquet."""

import ssl
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pymysql
from pymysql.constants import ER, FIELD_TYPE
from pymysql.cursors import SSCursor

from kanmon.intake.files.queries import BATCH_ROWS, UnfitSource, schema_of, single, table_of

_TYPES: Mapping[int, pa.DataType] = {
    FIELD_TYPE.TINY: pa.int64(), FIELD_TYPE.SHORT: pa.int64(), FIELD_TYPE.INT24: pa.int64(),
    FIELD_TYPE.LONG: pa.int64(), FIELD_TYPE.LONGLONG: pa.int64(),
    FIELD_TYPE.FLOAT: pa.float64(), FIELD_TYPE.DOUBLE: pa.float64(), FIELD_TYPE.DATE: pa.date32(),
    FIELD_TYPE.DATETIME: pa.timestamp("us"), FIELD_TYPE.TIMESTAMP: pa.timestamp("us", "UTC"),
}  # fmt: skip
"""What its types are in Parquet; all others are written as text."""
_OF_THE_QUERY = frozenset({ER.PARSE_ERROR, ER.NO_SUCH_TABLE, ER.BAD_FIELD_ERROR, ER.DUP_FIELDNAME})
_REFUSED = frozenset({ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.BAD_DB_ERROR})
_ALLOWED = frozenset({"ssl_ca", "unix_socket"})
_PORT = 3306


def is_address(address: str) -> bool:
    """Whether this is how a MySQL or MariaDB is named."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "mysql" and bool(parts.path.strip("/")) and (parts.port or _PORT) > 0
    except ValueError:
        return False


def fetch(address: str, query: str, target: Path) -> None:
    """Write what a query finds. `UnfitSource` in words of ours where it can't be asked, or its answer be read.

    What the driver says may quote an address or somebody's data: it is told for errors in the query alone.
    """
    asked = f"SELECT * FROM ({single(query)}) AS asked"  # noqa: S608 - the operator's own query
    try:
        with pymysql.connect(**_login(address)) as connection, connection.cursor(SSCursor) as cursor:
            cursor.execute("SET time_zone = '+00:00'")
            cursor.execute("START TRANSACTION READ ONLY")
            cursor.execute(asked)
            _write(cursor, target)
    except pymysql.MySQLError as error:
        code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        if code in _OF_THE_QUERY:
            raise UnfitSource(str(error.args[-1])) from None
        if isinstance(error, pymysql.OperationalError) and (code >= 2000 or code in _REFUSED):
            raise UnfitSource("the server can't be reached, or refuses the login") from None
        raise UnfitSource(f"{type(error).__name__} ({code})") from None


def _write(cursor: SSCursor, target: Path) -> None:
    columns = cursor.description or ()
    schema = schema_of([(str(column[0]), _TYPES.get(int(column[1]), pa.string())) for column in columns])
    with pq.ParquetWriter(target, schema) as writer:
        for rows in chain([[]], iter(lambda: list(cursor.fetchmany(BATCH_ROWS)), [])):
            writer.write_table(_table(rows, schema))


def _table(rows: Sequence[Sequence[object]], schema: pa.Schema) -> pa.Table:
    for row in rows:
        for field, value in zip(schema, row, strict=True):
            if isinstance(value, bytes):
                raise UnfitSource(f"column {field.name} holds bytes: give it as text, with HEX or CONVERT")
            if isinstance(value, str) and pa.types.is_temporal(field.type):
                raise UnfitSource(f"column {field.name} holds a day that is none (0000-00-00): give NULL for it")
    return table_of(rows, schema)


def _login(address: str) -> dict[str, Any]:
    """How the driver logs in: over TLS to any other machine, held against the machine's own authorities or `ssl_ca`."""
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.query))
    if unknown := sorted(set(options) - _ALLOWED):
        raise UnfitSource(f"its address may have the options {', '.join(sorted(_ALLOWED))}, and not {unknown[0]}")
    host, socket = parts.hostname or "localhost", options.get("unix_socket")
    is_here = socket is not None or _is_loopback(host)
    try:
        tls = None if is_here else ssl.create_default_context(cafile=options.get("ssl_ca"))
    except OSError as error:
        raise UnfitSource(f"ssl_ca can't be read: {error.strerror}") from None
    return {
        "host": host, "port": parts.port or _PORT, "unix_socket": socket, "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""), "database": unquote(parts.path.strip("/")), "ssl": tls,
        "charset": "utf8mb4", "connect_timeout": 10, "local_infile": False,
    }  # fmt: skip


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
