"""What may end an agreement and could not be taken: what of it can be read all the same.

A no need not be well written. A row or a message that names somebody and says `withdraw`, `refuse` or something that
nobody can read holds that person until it is mended or settled (APPI 27(1), 35(3), 35(5); ADR 0034). Nothing here
decides for a use: whatever is not certain counts as not read.
"""

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kanmon.consent.evidence import ACCEPT, WITHDRAW
from kanmon.core.clock import TOKYO
from kanmon.core.faults import Fault
from kanmon.core.ids import ClientId

REFUSE = "refuse"
ENDING = frozenset({WITHDRAW, REFUSE})
ACTIONS = frozenset({ACCEPT, *ENDING})
LONGEST = 2_000
"""Characters that are kept of a row as it was written."""
_LOOKED_AT = 20_000
"""Characters of a message in which a member is looked for."""
_INVISIBLE = frozenset({"Cc", "Cf"})
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?")
_SHA256 = re.compile("[0-9a-f]{64}")
_BETWEEN_WORDS = (re.compile(r"[\s,;|\"']+"), re.compile(r"[\s,;|\"'=&?{}\[\]]+"))
"""What may part words; an ID may hold some of it."""
_FALSE = frozenset({"false", "0", "no"})
_ANSWERS = ACTIONS | _FALSE | {"true", "1", "yes"}


def canonical(written: str) -> str:
    """An ID or a word in one form: NFKC, without what nobody sees and without blanks around it; case as it is."""
    seen = "".join(char for char in written if unicodedata.category(char) not in _INVISIBLE)
    return unicodedata.normalize("NFKC", seen).encode("utf-8", "replace").decode().strip()


@dataclass(frozen=True)
class RefusedRow:
    """A row that was refused, by column as it was written; of one that could not be split, just the text."""

    line: int | None
    """In its file; None for a message."""
    text: str
    column: str
    """The column at fault; empty where the whole row is."""
    fault: str
    """A `refused.Fault`, or the code of another refusal."""
    cells: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def words(self) -> frozenset[str]:
        """All that may be an ID in it, wherever it stands, in canonical form."""
        parts = [cell for cell in self.cells.values() if cell]
        parts = parts or [self.text, *(part for between in _BETWEEN_WORDS for part in between.split(self.text))]
        return frozenset(word for part in parts if (word := canonical(part)) and not _is_no_id(word))

    def sha256(self, dataset: str) -> bytes:
        """The hash by which the very same row is known again."""
        return hashlib.sha256(json.dumps([dataset, self.text], ensure_ascii=False).encode("utf-8", "replace")).digest()


@dataclass(frozen=True)
class DoubtfulRow:
    """What can be read of such a row; None is what can't, or what is at fault."""

    row: RefusedRow
    named: str | None
    """Whom the row names where it should: a member or, of a client's declaration, an applicant."""
    client_id: ClientId | None = None
    is_client_read: bool = False
    """Whether the row's client is certain: `client_id` or, where that is None, all."""
    action: str | None = None
    moment: datetime | None = None
    screen_id: str | None = None
    text_sha256: str | None = None
    season: str | None = None


def doubtful_act(row: RefusedRow, clients: Collection[ClientId]) -> DoubtfulRow | None:
    """What of a refused row of `consents`, or of a refused answer, can be read; None where it can only be a yes."""
    action = _action(row)
    if action == ACCEPT and not _is_second_thought(row):
        return None
    client, is_client_read = _client(row, clients)
    sha256 = _certain(row, "text_sha256")
    return DoubtfulRow(
        row,
        named=_named(row, "member_id"),
        client_id=client,
        is_client_read=is_client_read,
        action=action,
        moment=_moment(row),
        screen_id=_certain(row, "screen_id"),
        text_sha256=sha256.lower() if sha256 and _SHA256.fullmatch(sha256.lower()) else None,
    )


def doubtful_declaration(row: RefusedRow, clients: Collection[ClientId]) -> DoubtfulRow:
    """What of a refused row of `confirmations` can be read: it may take back, or narrow, what the client declared."""
    client, is_client_read = _client(row, clients)
    is_read = is_client_read and client is not None
    return DoubtfulRow(row, _named(row, "applicant_id"), client, is_read, season=_certain(row, "season"))


def refused_message(text: str, fault: str, column: str = "") -> RefusedRow:
    """A message of a board's program that was refused; its fields are cells where one of them names a member."""
    text = text[:_LOOKED_AT]
    try:
        sent = json.loads(text)
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict) or not isinstance(sent.get("member_id"), str | int):
        return RefusedRow(None, text, column, fault)
    fields = ("member_id", "action", "client_id", "visitor_id")
    cells = {name: _cell(sent[name]) for name in fields if sent.get(name) is not None}
    return RefusedRow(None, text, column, fault, cells)


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def may_be_of_scoring(row: RefusedRow) -> bool:
    """Whether a refused row of `notices` may be a notice of scoring."""
    kind = row.cells.get("kind")
    return not row.cells or row.column == "kind" or kind is None or canonical(kind).casefold() == "scoring"


def as_written(cells: Collection[str | None]) -> str:
    """Cells as one line of CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["" if cell is None else cell for cell in cells])
    return line.getvalue()


def visible(text: str) -> str:
    """A text for a screen or a terminal: what nobody sees is spelt out, and can do nothing there."""
    return "".join(_spelt_out(char) for char in text)


def _is_no_id(word: str) -> bool:
    """Whether a word is what another column of the contract holds."""
    return bool(word in _ANSWERS or _MOMENT.fullmatch(word) or _SHA256.fullmatch(word.lower()))


def _spelt_out(char: str) -> str:
    if unicodedata.category(char)[0] != "C":
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _action(row: RefusedRow) -> str | None:
    """The action, where it is certain: a known word in its column, and no other known word elsewhere in the row."""
    written = row.cells.get("action")
    word = canonical(written).casefold() if written else ""
    if not row.cells or word not in ACTIONS:
        return None
    elsewhere = {canonical(cell).casefold() for name, cell in row.cells.items() if cell and name != "action"}
    return None if elsewhere & (ACTIONS - {word}) else word


def _is_second_thought(row: RefusedRow) -> bool:
    """Whether an agreement contradicts one that was taken, and says that the person could not have refused."""
    said = row.cells.get("refusable")
    return row.fault == Fault.DUPLICATE_KEY and said is not None and canonical(said).casefold() in _FALSE


def _named(row: RefusedRow, column: str) -> str | None:
    return canonical(row.cells.get(column) or "") or None


def _certain(row: RefusedRow, column: str) -> str | None:
    return None if row.column == column else _named(row, column)


def _client(row: RefusedRow, clients: Collection[ClientId]) -> tuple[ClientId | None, bool]:
    if not row.cells:
        return None, False
    named = _named(row, "client_id")
    if named is None:
        return None, True
    known = {canonical(client): client for client in clients}
    return known.get(named), named in known


def _moment(row: RefusedRow) -> datetime | None:
    written = _certain(row, "occurred_at")
    if written is None or not _MOMENT.fullmatch(written):
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=TOKYO)
