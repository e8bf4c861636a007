"""Attacking an intake file on DuckDB: its cells, in the clear and as digests, against what the board knows.

Nothing of it is written to disk but a CSV's cells while they are read; nothing is kept.
"""
# ruff: noqa: S608 - the SQL is put together from constants and quoted names

import base64
import binascii
import hashlib
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType
from duckdb.sqltypes import VARCHAR

from kanmon.core.errors import UsageError
from kanmon.core.language import N_
from kanmon.core.progress import Progress
from kanmon.intake.files.csv_table import widest_header, write_cells
from kanmon.intake.files.encoding import as_utf8
from kanmon.intake.files.remarks import FileUnusable
from kanmon.intake.files.sources import scanned
from kanmon.intake.files.workbooks import is_workbook, workbook_reader
from kanmon.linkage.preflight.model import ColumnFacts, Preflight, RecoveredAttribute, Recovery, judged, masked
from kanmon.linkage.preflight.spellings import Spelling, folded, folded_spellings, spellings

_DIGESTS = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""The digests tried, by the number of their hexadecimal digits."""
_PYTHON_DIGESTS = ("sha224", "sha384", "sha512")
"""Those that DuckDB does not know."""
_CUT = 16
"""Hexadecimal digits of a digest that somebody cut short: its first ones, or the middle of an MD5."""
_CUT_DIGESTS = {f"{digest} cut": f"left({digest}({{}}), {_CUT})" for digest in _DIGESTS.values()} | {
    "md5 middle": f"substring(md5({{}}), 9, {_CUT})"
}
_PREFIX = r"(?:\\x|0x|\{?(?:md5|sha-?1|sha-?224|sha-?256|sha-?384|sha-?512)\}?[:$])?"
_HEX = re.compile(_PREFIX + "(" + "|".join(f"[0-9a-f]{{{digits}}}" for digits in (*_DIGESTS, _CUT)) + ")")
_BASE64 = re.compile("(?:" + "|".join(f"[A-Za-z0-9+/_-]{{{-(-digits * 2 // 3)}}}" for digits in _DIGESTS) + ")={0,2}")
_HONORIFIC = re.compile(r"(?:様|さま|さん|殿|氏|くん|君|ちゃん|先生)$|^(?:mr|ms|mrs|miss|dr)")
"""What is said to a person beside the name, as `folded` leaves it."""
_LONG_TEXT = 500
_SHORTEST_NAME = 3
"""Letters of a whole name from which it is looked for inside of texts: shorter ones are parts of other words."""
_EXAMPLES = 3
_SHAPES = {
    "emails": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "phones": r"(\+?81|0)[-( ]?[1-9]\d{0,3}[-) ]?\d{1,4}[- ]?\d{3,4}",
    "addresses": r"(?s).*[\w.+-]+@[\w-]+\.[\w.-]+.*",
    "ids": r"[A-Za-z0-9_:.\-]*[A-Za-z][A-Za-z0-9_:.\-]*",
}
_WHOLE_NAMES = (RecoveredAttribute.NAME, RecoveredAttribute.KANA)
_NO_ID = r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?|\d{4}-\d\d-\d\d.*"


class DuckDBPreflight:
    """Says what the columns of one file are."""

    def __init__(self, staging: Path, progress: Progress, memory_limit: str = "2GB") -> None:
        self._staging = staging
        self._progress = progress
        self._memory_limit = memory_limit

    def examine(self, file: Path, members: pa.Table, cookies: pa.Array) -> Preflight:
        """Attack a CSV or Parquet file with the members (columns of `linkage.preflight.spellings`) and the browsers
        known.

        `UsageError` where the file can't be read.
        """
        with self._connected() as con:
            names, rows = self._cells(con, file)
            _note_shapes(con)
            in_clear = [*folded_spellings(members), Spelling(RecoveredAttribute.COOKIE_ID, "", _folded_array(cookies))]
            _prepare_targets(con)
            hashed = [*spellings(members), Spelling(RecoveredAttribute.COOKIE_ID, "as written", cookies)]
            with self._progress.step(N_("preflight: names in the clear"), len(in_clear)) as step:
                for one in in_clear:
                    _look_up(con, one, None)
                    step.advance()
            _look_into_texts(con, [one.values for one in in_clear if one.known in _WHOLE_NAMES])
            digests = [
                digest for digest in (*_DIGESTS.values(), *_CUT_DIGESTS)
                if con.execute("SELECT 1 FROM target WHERE digest = ? LIMIT 1", [digest]).fetchone()
            ]  # fmt: skip
            with self._progress.step(N_("preflight: digests"), len(hashed) * len(digests)) as step:
                for one in hashed if digests else ():
                    for digest in digests:
                        _look_up(con, one, digest)
                        step.advance()
            facts = _facts(con, names)
        return Preflight(file.name, rows, members.num_rows, tuple(map(judged, facts)))

    def _cells(self, con: duckdb.DuckDBPyConnection, file: Path) -> tuple[list[str], int]:
        """Fill `cell` with each column's different values and how often each comes; the names and number of rows."""
        try:
            relation, columns = self._relation(con, file)
            con.execute("CREATE TABLE cell (place int, value varchar, cells bigint)")
            for place, (_, written) in enumerate(columns):
                con.execute(
                    f"""INSERT INTO cell SELECT {place}, value, count(*)
                    FROM (SELECT trim({written}, ' \t\r\n\u3000') AS value FROM {relation})
                    WHERE value <> '' GROUP BY value"""
                )
            [[rows]] = con.execute(f"SELECT count(*) FROM {relation}").fetchall()
        except FileUnusable as unusable:
            raise UsageError(unusable.message, **unusable.values) from None
        except (duckdb.Error, OSError) as error:
            raise UsageError(N_("%(file)s can't be read: %(reason)s"), file=file, reason=error) from None
        return [name for name, _ in columns], int(rows)

    def _relation(self, con: duckdb.DuckDBPyConnection, file: Path) -> tuple[str, list[tuple[str, str]]]:
        """The file as SQL, and each column's name with the SQL for its cells as text."""
        if file.suffix.lower() == ".parquet":
            relation = scanned(file)
            described = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
            return relation, [(name, _as_text(name, kind)) for name, kind, *_ in described]
        if is_workbook(file):
            sheet = self._staging / "preflight.sheet.csv"
            workbook_reader().as_csv(file, "", sheet)
            file = sheet
        utf8 = as_utf8(file, self._staging / "preflight.csv")
        header = widest_header(utf8.path, file.name)
        cells = self._staging / "preflight.parquet"
        write_cells(utf8.path, file.name, header, cells)
        written = [_quoted(f"{place} {name}") for place, name in enumerate(header.names)]
        return scanned(cells), list(zip([name.strip() for name in header.written], written, strict=True))

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self._staging.mkdir(parents=True, exist_ok=True)
        try:
            with duckdb.connect(
                config={"memory_limit": self._memory_limit, "temp_directory": str(self._staging / "spill")}
            ) as con:
                con.execute("SET enable_progress_bar = false; SET TimeZone = 'Asia/Tokyo'")
                con.execute("SET preserve_insertion_order = false")
                for digest in _PYTHON_DIGESTS:
                    con.create_function(digest, _hashing(digest), [VARCHAR], VARCHAR, type=PythonUDFType.ARROW)
                yield con
        finally:
            shutil.rmtree(self._staging, ignore_errors=True)


def _as_text(name: str, kind: str) -> str:
    return f"lower(hex({_quoted(name)}))" if kind == "BLOB" else f"CAST({_quoted(name)} AS VARCHAR)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _hashing(digest: str) -> Callable[[pa.Array], pa.Array]:
    def hashed(values: pa.Array) -> pa.Array:
        return pa.array([hashlib.new(digest, value.encode()).hexdigest() for value in values.to_pylist()], pa.string())

    return hashed


def _folded_array(values: pa.Array) -> pa.Array:
    return pa.array({folded(value) for value in values.to_pylist()}, pa.string())


def _note_shapes(con: duckdb.DuckDBPyConnection) -> None:
    tests = ", ".join(
        f"sum(cells) FILTER (WHERE regexp_full_match(value, '{pattern}')"
        + (f" AND regexp_matches(value, '\\d') AND NOT regexp_full_match(value, '{_NO_ID}'))" if name == "ids" else ")")
        + f" AS {name}"
        for name, pattern in _SHAPES.items()
    )
    con.execute(
        f"CREATE TABLE shape AS SELECT place, sum(cells) AS cells, count(*) AS values, {tests} FROM cell GROUP BY 1"
    )


def _prepare_targets(con: duckdb.DuckDBPyConnection) -> None:
    """`target`: what is looked for, each with the cells that hold it: the folded cell, or the digest in lower hex."""
    targets = [
        (place, value, cells, digest, key)
        for place, value, cells in con.execute("SELECT place, value, cells FROM cell").fetchall()
        for digest, key in _keys(value)
    ]
    columns = zip(*targets, strict=True) if targets else [()] * 5
    kinds = (pa.int32(), pa.string(), pa.int64(), pa.string(), pa.string())
    names = ("place", "value", "cells", "digest", "key")
    arrays = [pa.array(list(values), kind) for values, kind in zip(columns, kinds, strict=True)]
    con.register("found", pa.table(dict(zip(names, arrays, strict=True))))
    con.execute("CREATE TABLE target AS SELECT DISTINCT * FROM found WHERE key <> ''")
    con.unregister("found")
    con.execute(
        "CREATE TABLE hit (place int, value varchar, cells bigint, known varchar, digest varchar, written varchar,"
        " was varchar)"
    )


def _keys(value: str) -> Iterator[tuple[str | None, str]]:
    """What a cell may be: a digest, or something in the clear, with a title beside it or without."""
    digest = _digest_of(value)
    if digest is None:
        plain = folded(value)
        yield from ((None, key) for key in {plain, _HONORIFIC.sub("", plain)})
    elif len(digest) == _CUT:
        yield from ((cut, digest) for cut in _CUT_DIGESTS)
    else:
        yield _DIGESTS[len(digest)], digest


def _digest_of(value: str) -> str | None:
    """The digest that a cell may be, in lower-case hexadecimal digits; None where it can't be one."""
    written = _HEX.fullmatch(value.lower()) if len(value) >= _CUT else None
    if written:
        is_number = len(written[1]) == _CUT and written[1].isdigit()
        return None if is_number else written[1]
    if not _BASE64.fullmatch(value):
        return None
    plain = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        digest = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).hex()
    except binascii.Error:
        return None
    return digest if len(digest) in _DIGESTS else None


def _look_up(con: duckdb.DuckDBPyConnection, spelling: Spelling, digest: str | None) -> None:
    if len(spelling.values) == 0:
        return
    con.register("spelling", pa.table({"was": spelling.values}))
    key, inside = ("was", "digest IS NULL") if digest is None else (_hash_of(digest), f"digest = '{digest}'")
    con.execute(
        f"""INSERT INTO hit
        SELECT place, value, cells, '{spelling.known.value}', digest, ?, was
        FROM (SELECT was, {key} AS key FROM spelling) JOIN (FROM target WHERE {inside}) USING (key)""",
        [spelling.written],
    )
    con.unregister("spelling")


def _hash_of(digest: str) -> str:
    return _CUT_DIGESTS.get(digest, f"{digest}({{}})").format("was")


def _look_into_texts(con: duckdb.DuckDBPyConnection, names: Sequence[pa.Array]) -> None:
    """Note the cells that have a member's whole name somewhere in a text."""
    known = {name for values in names for name in values.to_pylist() if len(name) >= _SHORTEST_NAME}
    lengths = sorted({len(name) for name in known})
    hits = []
    for place, value, cells, text in con.execute(
        "SELECT place, value, cells, key FROM target WHERE digest IS NULL AND length(key) > ?", [_SHORTEST_NAME + 1]
    ).fetchall():
        name = _name_within(text[:_LONG_TEXT], known, lengths)
        if name is not None:
            hits.append((place, value, cells, RecoveredAttribute.NAME_IN_TEXT.value, None, "in a text", name))
    if hits:
        con.executemany("INSERT INTO hit VALUES (?, ?, ?, ?, ?, ?, ?)", hits)


def _name_within(text: str, known: Collection[str], lengths: Sequence[int]) -> str | None:
    """The first known name inside of a text that is more than that name."""
    for begin in range(len(text)):
        for length in lengths:
            if begin + length > len(text) or length == len(text):
                break
            if text[begin : begin + length] in known:
                return text[begin : begin + length]
    return None


def _facts(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[ColumnFacts]:
    shapes = {row[0]: row[1:] for row in con.execute("FROM shape").fetchall()}
    hashed = "SELECT DISTINCT place, value, cells FROM target WHERE digest IS NOT NULL"
    digests = dict(con.execute(f"SELECT place, sum(cells) FROM ({hashed}) GROUP BY 1").fetchall())
    recovered: dict[int, dict[RecoveredAttribute, int]] = defaultdict(dict)
    each = con.execute(
        "SELECT place, known, sum(cells) FROM (SELECT DISTINCT place, known, value, cells FROM hit) GROUP BY ALL"
    )
    for place, known, cells in each.fetchall():
        recovered[place][RecoveredAttribute(known)] = int(cells)
    recoveries = defaultdict(list)
    grouped = con.execute(
        f"""SELECT place, known, digest, written, sum(cells), count(*), min_by((value, was), value, {_EXAMPLES})
        FROM (
            SELECT place, known, digest, written, value, any_value(cells) AS cells, min(was) AS was FROM hit
            GROUP BY ALL
        )
        GROUP BY ALL ORDER BY place, sum(cells) DESC, known, digest, written"""
    )
    for place, known, digest, written, cells, values, examples in grouped.fetchall():
        told = tuple(_example(value, was, digest) for value, was in examples)
        recoveries[place].append(Recovery(RecoveredAttribute(known), digest, written, int(cells), values, told))
    facts = []
    for place, name in enumerate(names):
        cells, values, *shape = (int(count or 0) for count in shapes.get(place, (0,) * (2 + len(_SHAPES))))
        facts.append(
            ColumnFacts(
                name,
                cells,
                values,
                recoveries[place],
                recovered[place],
                int(digests.get(place, 0)),
                **dict(zip(_SHAPES, shape, strict=True)),
            )
        )
    return facts


def _example(value: str, was: str, digest: str | None) -> str:
    return masked(was) if digest is None else f"{value[:6]}… = {digest}({masked(was)})"
