"""The page of reference on the dataset folder: each file with its columns, each key of `service.yaml`."""

from collections.abc import Iterator, Mapping

from kanmon.intake.files.rows.columns import DATASETS, NEEDED, CellKind, Column, Dataset
from kanmon.intake.files.terms.key_meanings import KEY_MEANINGS, FileKey, all_keys

FILES: Mapping[str, str] = {
    "members": "the board's members",
    "identities": "logins that tied a browser to a member",
    "events": "what browsers and members did",
    "consents": "what a person was shown, and whether the person agreed",
    "renderings": "what a screen showed when it was looked at",
    "notices": "what a person was told",
    "applicants": "the people whom a client hands over, in the client's order",
    "confirmations": "the consent that a client of scheme A obtained itself, for each of its rows",
    "outcomes": "how each application ended; a model learns from last year's",
    "decisions": "the client's own decisions, for the decision lock and the use audit",
}
_SHARED: Mapping[str, str] = {
    "member_id": "the member",
    "cookie_id": "the browser",
    "client_id": "the client, as service.yaml names it",
    "applicant_id": "the client's own ID of the person",
    "season": "the season, as service.yaml names it",
    "screen_id": "the screen, as service.yaml names it",
    "text_sha256": "the SHA-256 of the words that were shown (see “The hash of a text”)",
    "family_name": "family name",
    "given_name": "given name",
    "family_kana": "family name in kana",
    "given_kana": "given name in kana",
    "birth_date": "date of birth",
    "email": "e-mail address",
    "university": "university",
    "phone": "telephone number",
    "stage": "the stage of the selection",
}
_OWN: Mapping[tuple[str, str], str] = {
    ("members", "registered_at"): "the moment the person registered",
    ("identities", "seen_at"): "the moment of the login",
    ("events", "occurred_at"): "the moment it happened",
    ("events", "kind"): "what was done: view, search, pre_entry, …",
    ("events", "target"): "whom it was about; a client's ID where it was that client",
    ("events", "page"): "which page was seen",
    ("events", "weight"): "how often; 1 where left out",
    ("events", "site"): "the partner site; empty for the own board",
    ("consents", "occurred_at"): "the moment of the act",
    ("consents", "action"): "what the person did",
    ("consents", "client_id"): "the one client that the act is about; empty for all that the words name",
    ("consents", "given_by"): "who acted: the person (so where it is empty), or the person's legal representative",
    ("consents", "relation"): "by what right a representative acted; under 16 an agreement needs one who says so",
    ("consents", "refusable"): "whether the person could refuse and use the function all the same",
    ("renderings", "occurred_at"): "the moment the screen was looked at",
    ("renderings", "verified_by"): "who looked at it",
    ("notices", "occurred_at"): "the moment the person was told",
    ("notices", "kind"): "what the notice was about",
    ("notices", "client_id"): "the one client that it was about; empty for all",
    ("applicants", "applied_at"): "the moment of the application",
    ("applicants", "as_of"): "the moment that the score speaks of; nothing at or after it is used",
    ("applicants", "member_id"): "the member, where the row is linked already",
    ("applicants", "cookie_id"): "the browser, under scheme A",
    ("confirmations", "confirmed_at"): "the moment the client confirmed the consent",
    ("confirmations", "method"): "how the client obtained it",
    ("confirmations", "obtained_at"): "the moment the person agreed",
    ("confirmations", "covers_training"): "whether the consent covers the training of the model",
    ("confirmations", "withdrawn_at"): "the moment the person withdrew it",
    ("outcomes", "outcome"): "how it ended",
    ("outcomes", "outcome_at"): "the moment it ended",
    ("decisions", "decision"): "what the client decided: pass or fail",
    ("decisions", "decided_at"): "the moment of the decision",
}


def column_meaning(table: str, column: str) -> str:
    """What a column of a table means; `KeyError` where nobody wrote it down."""
    return _OWN.get((table, column)) or _SHARED[column]


KINDS = {
    CellKind.TEXT: "text",
    CellKind.TIME: "moment",
    CellKind.DATE: "date",
    CellKind.COUNT: "whole number",
    CellKind.FLAG: "true or false",
}
EXAMPLES: Mapping[str, str] = {
    "member_id": "M2027-000188",
    "season": "2027",
    "cookie_id": "c-7f3a91",
    "client_id": "AOBA",
    "applicant_id": "A27-10001",
    "screen_id": "registration-2027",
    "text_sha256": "64392a21…",
    "target": "AOBA",
    "kind": "view",
    "page": "AOBA/briefing",
    "weight": "1",
    "site": "しごと図鑑",
    "action": "accept",
    "refusable": "true",
    "given_by": "representative",
    "relation": "parent",
    "verified_by": "crawler",
    "stage": "書類選考",
    "family_name": "岡田",
    "given_name": "葵",
    "family_kana": "オカダ",
    "given_kana": "アオイ",
    "birth_date": "2004-12-26",
    "email": "aoi@mail.example.jp",
    "university": "東都工業大学",
    "phone": "090-0000-0000",
    "outcome": "joined",
    "decision": "pass",
    "method": "書面",
    "covers_training": "false",
}
MOMENT = "2026-04-01T09:00:00+09:00"
HASH_IN_PYTHON = 'hashlib.sha256(" ".join(unicodedata.normalize("NFKC", text).split()).encode()).hexdigest()'
HASH_IN_SHELL = (
    'python3 -c \'import hashlib, sys, unicodedata; print(hashlib.sha256(" ".join(unicodedata.normalize("NFKC", '
    "sys.stdin.read()).split()).encode()).hexdigest())' < policies/privacy-2.0.ja.txt"
)
INTRODUCTION = f"""# A dataset folder

`kanmon load FOLDER` takes a folder of files, and `kanmon check FOLDER` says beforehand what it would say of them.
`kanmon init --example FOLDER` writes a small season with every file and key, to look at and to change.

- `service.yaml` says whose contracts and policies hold; each other file is a table: `NAME.csv`, `NAME.xlsx` (the
  sheet NAME, else the first) or `NAME.parquet`.
- A table may be a folder `NAME` of Parquet files, its partitions (`season=2027/`) columns. The whole folder may lie on
  object storage: `kanmon load 's3://bucket/season?region=…'`, as `docs/object-storage.md` writes addresses.
- To begin, `service.yaml`, {", ".join(f"`{name}`" for name in NEEDED)} are enough. A model needs `outcomes` of an
  earlier season. With no `consents`, nobody gets a score.
- CSV is UTF-8, with or without a byte-order mark; CP932 is recognised, and the command says so.
- A moment is ISO 8601 with its offset: `{MOMENT}`. One without an offset is taken as `Asia/Tokyo`, and the command says
  so. A date alone is a moment that is not exactly known; where that leaves open what came first, the gate denies.
- Dates and times as Excel and offices in Japan write them are read where they have one meaning, and the command says
  so: `2025/4/1 9:05`, `20030401`, `令和7年4月1日`, `R7.4.1`, `2025年4月1日 午後3:05`, wide digits, `24:00`. What may
  mean two days is not: `4/1/2025`, a year of two digits, `午後12:30`.
- A table may lie elsewhere: `sources` of `service.yaml` names a query to a DuckDB file, a PostgreSQL or a
  MySQL (`kanmon[mysql]`), or a file or folder by its address. It is fetched once, read only, and read like a file of
  the folder. Addresses with passwords stand in the environment: `KANMON_SOURCE_BOARD` for `postgres: board`. A MySQL on
  another machine is reached over TLS alone; `?ssl_ca=FILE` names an authority of your own.
- The usual Japanese headings are known (`会員番号`, `応募者ID`, `生年月日`, …); `columns` of `service.yaml` says what
  others mean. A title above the headings and a line `sep=;` do no harm, nor do empty cells that are missing at the end
  of a row, but for columns whose being empty says something: an act without `client_id` is one for all.
- An empty cell is no value. A value that can't be read costs the cell where the cell may be empty, else its row.
- Refused rows lie whole in `rejected/TABLE.csv` of the workspace, ready to be mended and loaded, and what is wrong with
  each value in `rejected/FILE.rejected.csv`; the other rows are loaded, and the command ends with 3. Both hold the last
  load's only. Loading the same folder again changes nothing.

## The hash of a text

`text_sha256` is the SHA-256 of the words as they were shown: Unicode NFKC, each run of white space made one space, none
at the ends, as UTF-8. In Python (with `import hashlib, unicodedata`):

```python
{HASH_IN_PYTHON}
```

In a shell:

```sh
{HASH_IN_SHELL}
```
"""
KEYS = """## `service.yaml`

Each key, in the order of the file; `[]` stands for each item of a list. `kanmon schema` prints the same as JSON Schema,
for an editor that completes and checks the file. The codes are the reasons that the key answers: see
[reason codes](reasons.md).

| FileKey | Must be there | Meaning | Example | Answers |
| --- | --- | --- | --- | --- |
"""


def folder_page() -> str:
    """The whole page."""
    tables = "\n".join(line for dataset in DATASETS.values() for line in _table(dataset))
    return f"{INTRODUCTION}\n{tables}\n{KEYS}{chr(10).join(map(_key, all_keys()))}\n"


def _table(dataset: Dataset) -> Iterator[str]:
    yield f"## `{dataset.name}`"
    yield ""
    yield f"{FILES[dataset.name][0].upper()}{FILES[dataset.name][1:]}. {_identity(dataset)}"
    yield ""
    yield "| Column | Holds | May be empty | Meaning | Example |"
    yield "| --- | --- | --- | --- | --- |"
    for column in dataset.columns:
        holds = " or ".join(f"`{word}`" for word in column.allowed) or KINDS[column.kind]
        empty = "no" if column.is_required else f"yes: {column.default}" if column.default else "yes"
        meaning = column_meaning(dataset.name, column.name)
        yield f"| `{column.name}` | {holds} | {empty} | {meaning} | `{_example(column)}` |"
    yield ""


def _identity(dataset: Dataset) -> str:
    told = []
    if dataset.key:
        told.append(f"One row for each {' and '.join(f'`{name}`' for name in dataset.key)}.")
    if dataset.any_of:
        told.append(f"At least one of {' and '.join(f'`{name}`' for name in dataset.any_of)} is filled.")
    return " ".join(told or ["Each row is a fact of its own."])


def _example(column: Column) -> str:
    return MOMENT if column.kind is CellKind.TIME else EXAMPLES[column.name]


def _key(key: FileKey) -> str:
    meaning = KEY_MEANINGS[key.path]
    required = "yes" if key.field.is_required() else "no"
    example = f"`{meaning.example}`" if meaning.example else ""
    codes = ", ".join(f"[`{code}`](reasons.md#{code.lower()})" for code in meaning.codes)
    return f"| `{key.path}` | {required} | {meaning.meaning} | {example} | {codes} |"
