"""A person with unmistakable bytes in every field, and a search for them in every file of a workspace."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from pypdf import PdfReader

MEMBER = "M-KANARIEQX7"
EMAIL = "kanarieqx7@mail.example.jp"
PERSONAL = {
    "family_name": "伽那利阿",
    "given_name": "鳥籠子",
    "family_kana": "カナリアドリ",
    "given_kana": "トリカゴコ",
    "email": EMAIL,
    "university": "金糸雀大学",
}
PHONE = "09077731337"
COOKIE = "ck-kanarieqx7"
PAGE = "page-kanarieqx7"
ACCOUNT = "account-kanarieqx7"
WORDS = (*PERSONAL.values(), PHONE, "kanarieqx7")
"""Found by these; the last one in any case."""
_PATTERNS = [
    re.compile(re.escape(word.encode(encoding)), re.IGNORECASE)
    for word in WORDS
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "cp932")
]


@dataclass(frozen=True)
class Hit:
    """A word found in a file; `text` is the word with what stands around it, as far as it is ASCII."""

    path: str
    text: str


def search(root: Path) -> list[Hit]:
    """Every place of every file below `root`, compressed ones read by their libraries."""
    return [
        Hit(
            str(path.relative_to(root)), content[max(0, found.start() - 60) : found.end() + 60].decode(errors="replace")
        )
        for path in sorted(root.rglob("*"))
        if path.is_file()
        for content in _contents(path)
        for pattern in _PATTERNS
        for found in pattern.finditer(content)
    ]


def _contents(path: Path) -> Iterator[bytes]:
    yield str(path.name).encode()
    content = path.read_bytes()
    yield content
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        for name, column in zip(table.column_names, table.columns, strict=True):
            if pa.types.is_string(table.schema.field(name).type):
                yield "\n".join(filter(None, column.to_pylist())).encode()
    elif path.suffix == ".xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield archive.read(name)
    elif path.suffix == ".pdf":
        yield "\n".join(page.extract_text() for page in PdfReader(path).pages).encode()


def hide(season: Path, member: str, learned_from: tuple[str, str]) -> None:
    """Put the canary in a season's folder: in place of `member`, and of one (client, applicant) of last year."""
    members = _replaced(
        pq.read_table(season / "members.parquet"), "member_id", member, {"member_id": MEMBER, **PERSONAL}
    )
    members = members.append_column(
        "phone", pa.array([PHONE if one == MEMBER else None for one in members["member_id"].to_pylist()], pa.string())
    )
    twice = members.filter(pc.equal(members["member_id"], MEMBER)).to_pylist()[0] | {"university": "別の大学"}
    pq.write_table(
        pa.concat_tables([members, pa.Table.from_pylist([twice], members.schema)]), season / "members.parquet"
    )
    _hide_behaviour(season, member)
    consents = _replaced(pq.read_table(season / "consents.parquet"), "member_id", member, {"member_id": MEMBER})
    pq.write_table(consents, season / "consents.parquet")
    notices = (season / "notices.csv").read_text(encoding="utf-8")
    (season / "notices.csv").write_text(notices.replace(f'"{member}"', f'"{MEMBER}"'), encoding="utf-8")
    _hide_applicants(season, member, learned_from)


def _hide_behaviour(season: Path, member: str) -> None:
    identities = pq.read_table(season / "identities.parquet")
    own = [row["cookie_id"] for row in identities.to_pylist() if row["member_id"] == member]
    events = pq.read_table(season / "events.parquet")
    for cookie in dict.fromkeys(own):
        identities = _replaced(identities, "cookie_id", cookie, {"cookie_id": f"{COOKIE}-{cookie}"})
        events = _replaced(events, "cookie_id", cookie, {"cookie_id": f"{COOKIE}-{cookie}"})
    identities = _replaced(identities, "member_id", member, {"member_id": MEMBER})
    events = _replaced(events, "member_id", member, {"member_id": MEMBER})
    mine = events.filter(pc.equal(events["member_id"], MEMBER)).slice(0, 1).to_pylist()[0]
    events = pa.concat_tables([events, pa.Table.from_pylist([mine | {"page": PAGE}], events.schema)])
    pq.write_table(identities, season / "identities.parquet")
    pq.write_table(events, season / "events.parquet")


def _hide_applicants(season: Path, member: str, learned_from: tuple[str, str]) -> None:
    path, outcomes = season / "applicants.csv", season / "outcomes.csv"
    strings = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(
            path.read_text(encoding="utf-8").split("\n")[0].replace('"', "").split(","), pa.string()
        ),
        strings_can_be_null=True,
    )
    rows = pa.csv.read_csv(path, convert_options=strings).to_pylist()
    email = next(row["email"] for row in rows if row["member_id"] == member)
    renamed = {}
    for row in rows:
        is_taught = (row["client_id"], row["applicant_id"]) == learned_from
        if row["member_id"] == member or is_taught or (row["email"] is not None and row["email"] == email):
            renamed[row["client_id"], row["applicant_id"]] = f"AP-KANARIEQX7-{row['client_id']}-{row['season']}"
            row["applicant_id"] = renamed[row["client_id"], row["applicant_id"]]
            row.update(PERSONAL | ({"member_id": MEMBER} if row["member_id"] or is_taught else {}))
    pa.csv.write_csv(pa.Table.from_pylist(rows), path)
    said = outcomes.read_text(encoding="utf-8")
    for (client, old), new in renamed.items():
        said = said.replace(f'"{client}","{old}"', f'"{client}","{new}"')
    outcomes.write_text(said, encoding="utf-8")


def _replaced(table: pa.Table, column: str, value: str, by: dict[str, str]) -> pa.Table:
    is_it = pc.fill_null(pc.equal(table[column], value), False)
    for name, new in by.items():
        if name in table.column_names:
            changed = pc.if_else(is_it, pa.scalar(new, table.schema.field(name).type), table[name])
            table = table.set_column(table.column_names.index(name), name, changed)
    return table
