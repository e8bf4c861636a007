"""A small season of one client, as a folder to look at and to change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kanmon.consent.policy import text_sha256
from kanmon_stories.dataset_folder import write_csv
from kanmon_stories.season import season_tables
from kanmon_stories.season_plan import STAGES, SeasonDates, seasons_at
from kanmon_stories.service_terms import service_terms, texts

CLIENT = "AOBA"
_SEED = 4
_SCALE = 0.2
_VERSION, _LANGUAGE = "2.0", "ja"
"""The one text of the example, which covers all that is done."""


def write_example(folder: Path, tables: Mapping[str, Sequence[str]], *, now: datetime) -> Mapping[str, Any]:
    """Write the example's tables, with all their columns, and its text into `folder`; returns what its service says.

    The lists of this year came in two days before `now`.
    """
    last, this = seasons_at(now)
    folder.mkdir(parents=True, exist_ok=True)
    rows = _tables(last, this, now)
    for name, columns in tables.items():
        write_csv(_with_every_column(rows[name], columns), folder / f"{name}.csv")
    terms = _terms(last, this)
    [version] = terms["policies"][0]["versions"]
    text_file = folder / version["text_file"]
    text_file.parent.mkdir(exist_ok=True)
    text_file.write_text(texts(last)[_VERSION, _LANGUAGE], encoding="utf-8")
    return terms


def _terms(last: SeasonDates, this: SeasonDates) -> dict[str, Any]:
    terms = service_terms(last, this)
    [policy] = terms["policies"]
    terms["platform"] = {**terms["platform"], "group": [{"legal_name": "株式会社ひろば研究所", "role": "affiliate"}]}
    terms["clients"] = [client for client in terms["clients"] if client["id"] == CLIENT]
    [client] = terms["clients"]
    price = {"per_delivery": 500000, "currency": "JPY"}
    terms["clients"] = [client | {"contract": {**client["contract"], "price": price}}]
    terms["policies"] = [
        policy | {"versions": [version for version in policy["versions"] if version["id"] == _VERSION]}
    ]
    return terms


def _tables(last: SeasonDates, this: SeasonDates, now: datetime) -> Mapping[str, pa.Table]:
    """The season's rows that are about the client's applicants, with a few of the client's own words about them."""
    tables = dict(season_tables(_SEED, _SCALE, now=now))
    applicants = tables["applicants"]
    applicants = applicants.filter(pc.equal(applicants["client_id"], CLIENT))
    outcomes = tables["outcomes"]
    members = tables["members"]
    tables["applicants"] = applicants
    tables["outcomes"] = outcomes.filter(pc.equal(outcomes["client_id"], CLIENT))
    known = members.filter(pc.is_in(members["email"], applicants["email"]))["member_id"]
    for name in ("members", "identities", "consents", "notices"):
        tables[name] = tables[name].filter(pc.is_in(tables[name]["member_id"], known))
    shown = text_sha256(texts(last)[_VERSION, _LANGUAGE])
    for name in ("consents", "renderings"):
        tables[name] = tables[name].filter(pc.equal(tables[name]["text_sha256"], shown))
    consents, events = tables["consents"], tables["events"]
    tables["consents"] = consents.filter(pc.is_in(consents["client_id"], pa.array([None, CLIENT])))
    of_members = pc.is_in(events["member_id"], pa.concat_arrays([*known.chunks, pa.array([None], known.type)]))
    of_browsers = pc.is_in(events["cookie_id"], tables["identities"]["cookie_id"])
    tables["events"] = events.filter(pc.and_(of_members, of_browsers))
    this_year = applicants.filter(pc.equal(applicants["season"], this.season_id))
    tables["decisions"] = _decisions(this_year)
    tables["confirmations"] = _confirmations(this_year)
    return tables


def _with_every_column(table: pa.Table, names: Sequence[str]) -> pa.Table:
    empty = pa.nulls(len(table), pa.string())
    return pa.table({name: table[name] if name in table.column_names else empty for name in names})


def _decisions(applicants: pa.Table) -> pa.Table:
    """Of the first two applicants, one passed the first interview and one did not."""
    named = applicants.slice(0, 2)
    return pa.table(
        {
            "client_id": named["client_id"],
            "applicant_id": named["applicant_id"],
            "stage": [STAGES[1]] * 2,
            "decision": ["pass", "fail"],
            "decided_at": named["as_of"],
        }
    )


def _confirmations(applicants: pa.Table) -> pa.Table:
    """For one applicant the client says that it asked for consent itself, on paper."""
    named = applicants.slice(0, 1)
    return pa.table(
        {
            "client_id": named["client_id"],
            "applicant_id": named["applicant_id"],
            "season": named["season"],
            "confirmed_at": named["as_of"],
            "method": ["書面"],
            "obtained_at": named["applied_at"],
            "covers_training": [False],
            "withdrawn_at": pa.array([None], pa.timestamp("s", "UTC")),
        }
    )
