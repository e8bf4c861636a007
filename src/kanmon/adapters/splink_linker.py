"""The linker on Splink: members are registered and weighed once, one client's list at a time is compared.

How often agreement happens by chance (u) is measured on pairs of members, drawn with a fixed seed; how often it happens
for one person (m) is fixed below, because a client's list is too short to learn it from. Pairs are drawn otherwise on
another engine: what is weighed there is a model of its own, to be validated as such.
"""
# ruff: noqa: S608 - of fixed parts

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, SettingsCreator
from splink import Linker as SplinkModel
from splink.internals.comparison_creator import ComparisonCreator
from splink.internals.database_api import DatabaseAPI

from kanmon.ids import ApplicantNo, MemberNo
from kanmon.linkage.link import LinkPair
from kanmon.linkage.records import comparable
from kanmon.linkage.service import ApplicantList, Compared, MemberList

SEED = 2019
SHARE_OF_MEMBERS = 0.9
"""How many of a client's applicants are taken to be members of the board: the prior of a match."""
SAMPLED_PAIRS = 4_000_000
FEWEST_MEMBERS = 1_000
"""Fewer are weighed like so many: frequencies and prior count as of these, chance agreement as written below."""
LOWEST_WEIGHT = -10.0
"""Pairs below this, in bits, are not even kept."""
BLOCKS: Mapping[str, str] = {
    "email": "l.email = r.email",
    "birth date, given name by sound": "l.birth_date = r.birth_date and l.given_sound = r.given_sound",
    "birth date, family name by sound": "l.birth_date = r.birth_date and l.family_sound = r.family_sound",
    "birth date, given name": "l.birth_date = r.birth_date and l.given = r.given",
    "birth date, family name": "l.birth_date = r.birth_date and l.family = r.family",
    "whole name": "l.family = r.family and l.given = r.given",
    "whole name by sound": "l.family_sound = r.family_sound and l.given_sound = r.given_sound",
    "whole name, the other way round": "l.family = r.given and l.given = r.family",
    "birth date, university": "l.birth_date = r.birth_date and l.university = r.university",
    "given name by sound, university": "l.given_sound = r.given_sound and l.university = r.university",
    "family name by sound, university": "l.family_sound = r.family_sound and l.university = r.university",
}
"""What two rows must share to be compared at all, by the name that a report tells."""


_YEAR_L, _MONTH_L, _DAY_L = (f"substr(birth_date_l, {place})" for place in ("1, 4", "5, 2", "7, 2"))
_YEAR_R, _MONTH_R, _DAY_R = (f"substr(birth_date_r, {place})" for place in ("1, 4", "5, 2", "7, 2"))


def _level(sql: str, m: float, u: float, tf: str | None = None, **more: object) -> dict[str, Any]:
    """One way to agree: `m` how often for one person, `u` by chance; `tf` a column whose rare values say more."""
    adjusted = {"tf_adjustment_column": tf, "disable_tf_exact_match_detection": True} if tf else {}
    return {"sql_condition": sql, "label_for_charts": sql, "m_probability": m, "u_probability": u, **adjusted, **more}


def _null(sql: str) -> dict[str, Any]:
    return {"sql_condition": sql, "label_for_charts": "not known", "is_null_level": True}


def _name(part: str, other: str, m: Mapping[str, float], u: Mapping[str, float]) -> dict[str, Any]:
    """Family or given name: the kanji and how they sound are one piece of evidence, not two."""
    l_sound, r_sound = f"{part}_sound_l", f"{part}_sound_r"
    same, alike = f"{part}_l = {part}_r", f"damerau_levenshtein({l_sound}, {r_sound}) <= 1"
    swapped = f"{part}_l = {other}_r and {other}_l = {part}_r"
    return {
        "output_column_name": part,
        "comparison_levels": [
            _null(f"({part}_l is null or {part}_r is null) and ({l_sound} is null or {r_sound} is null)"),
            _level(f"{same} and coalesce({alike}, true)", m["same"], u["same"], part),
            _level(f"{l_sound} = {r_sound}", m["sound"], u["sound"], f"{part}_sound"),
            _level(swapped, m["swapped"], u["swapped"], fix_u_probability=True),
            _level(f"{same} or ({alike} and length({l_sound}) > 2)", m["alike"], u["alike"]),
            _level("ELSE", m["else"], u["else"]),
        ],
    }


_COMPARISONS: list[ComparisonCreator | dict[str, Any]] = [
    _name(
        "family",
        "given",
        m={"same": 0.93, "sound": 0.025, "swapped": 0.005, "alike": 0.02, "else": 0.02},
        u={"same": 0.004, "sound": 0.001, "swapped": 1e-6, "alike": 0.01, "else": 0.985},
    ),
    _name(
        "given",
        "family",
        m={"same": 0.92, "sound": 0.05, "swapped": 0.005, "alike": 0.0245, "else": 0.0005},
        u={"same": 0.002, "sound": 0.003, "swapped": 1e-6, "alike": 0.02, "else": 0.975},
    ),
    {
        "output_column_name": "birth_date",
        "comparison_levels": [
            _null("birth_date_l is null or birth_date_r is null"),
            _level("birth_date_l = birth_date_r", 0.965, 0.001),
            _level(
                f"damerau_levenshtein(birth_date_l, birth_date_r) <= 1 or ({_YEAR_L} = {_YEAR_R}"
                f" and {_MONTH_L} = {_DAY_R} and {_DAY_L} = {_MONTH_R})",
                0.025,
                0.02,
            ),
            _level(f"{_MONTH_L} = {_MONTH_R} and ({_DAY_L} = {_DAY_R} or {_YEAR_L} = {_YEAR_R})", 0.006, 0.03),
            _level("ELSE", 0.004, 0.949),
        ],
    },
    {
        "output_column_name": "email",
        "comparison_levels": [
            _null("email_l is null or email_r is null"),
            _level("email_l = email_r", 0.70, 1e-6, "email", fix_u_probability=True),
            _level("email_local_l = email_local_r and length(email_local_l) > 4", 0.08, 1e-5, fix_u_probability=True),
            _level("ELSE", 0.22, 0.999989),
        ],
    },
    {
        "output_column_name": "university",
        "comparison_levels": [
            _null("university_l is null or university_r is null"),
            _level("university_l = university_r", 0.93, 0.01, "university"),
            _level("ELSE", 0.07, 0.99),
        ],
    },
]
_WEIGHED_BY_FREQUENCY = ("family", "family_sound", "given", "given_sound", "email", "university")


class LinkingDatabase(Protocol):
    """Where Splink compares: tables of one engine."""

    @property
    def api(self) -> "DatabaseAPI[Any]":
        """Splink's own way to the engine."""

    def keep(self, name: str, rows: pa.Table) -> None:
        """Make a table of these rows."""

    def make(self, name: str, query: str) -> None:
        """Make a table of what a query finds."""

    def drop(self, name: str) -> None:
        """Let go of a table."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds."""


class DuckDBTables:
    """See `LinkingDatabase`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.api = DuckDBAPI(connection)

    def keep(self, name: str, rows: pa.Table) -> None:
        """See `LinkingDatabase`."""
        self._connection.register("arriving", rows)
        self.make(name, "FROM arriving ORDER BY unique_id")
        self._connection.unregister("arriving")

    def make(self, name: str, query: str) -> None:
        """See `LinkingDatabase`."""
        self._connection.execute(f"CREATE TABLE {name} AS {query}")

    def drop(self, name: str) -> None:
        """See `LinkingDatabase`."""
        self._connection.execute(f"DROP TABLE {name}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """See `LinkingDatabase`."""
        return self._connection.execute(query).fetchall()


class SplinkLinkers:
    """See `linkage.service.Linkers`; in this process."""

    @contextmanager
    def over(self, members: MemberList) -> Iterator["SplinkLinker"]:
        """A linker over the members of a season; what it holds is gone when the block ends."""
        connection = duckdb.connect(":memory:")
        try:
            connection.execute("SET enable_progress_bar = false")
            yield SplinkLinker(DuckDBTables(connection), comparable(members.rows, "member_no"))
        finally:
            connection.close()


class SplinkLinker:
    """See `linkage.service.Linker`."""

    def __init__(self, database: LinkingDatabase, members: pa.Table) -> None:
        logging.getLogger("splink").setLevel(logging.ERROR)
        self._database = database
        self._lists = 0
        database.keep("member", members)
        self._members = database.api.register("member")
        self._model = self._trained(len(members))

    def compare(self, applicants: ApplicantList) -> Compared:
        """Every pair that shares a blocking key and is not hopeless, with its match weight."""
        if not applicants.rows.num_rows:
            return Compared([], {})
        self._lists += 1
        name = f"applicant_{self._lists}"
        self._database.keep(name, comparable(applicants.rows, "applicant_no"))
        mine = self._database.api.register(name)
        found = self._model.inference.predict_between(mine, self._members, warning_mode="never")
        blocked = self._database.rows(f"SELECT CAST(match_key AS int), count(*) FROM {found.physical_name} GROUP BY 1")
        rows = self._database.rows(
            f"SELECT unique_id_l, unique_id_r, match_weight, gamma_given > 0 FROM {found.physical_name}"
            f" WHERE match_weight > {LOWEST_WEIGHT} ORDER BY 1, 2"
        )
        found.drop_table_from_database_and_remove_from_cache()
        self._database.drop(name)
        names = list(BLOCKS)
        return Compared(
            [LinkPair(ApplicantNo(one), MemberNo(other), weight, named) for one, other, weight, named in rows],
            dict.fromkeys(names, 0) | {names[key]: count for key, count in blocked},
        )

    def _trained(self, count: int) -> SplinkModel:
        settings = SettingsCreator(
            link_type="dedupe_only",
            comparisons=_COMPARISONS,
            blocking_rules_to_generate_predictions=[{"blocking_rule": rule} for rule in BLOCKS.values()],
            probability_two_random_records_match=SHARE_OF_MEMBERS / max(count, FEWEST_MEMBERS),
            retain_matching_columns=True,  # the levels of agreement come with them
        )
        model = SplinkModel(self._members, settings, log_level=None)
        if count >= FEWEST_MEMBERS:
            model.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=SEED)
        for column in _WEIGHED_BY_FREQUENCY:
            name = f"frequency_of_{column}"
            self._database.make(
                name,
                f"SELECT {column}, CAST(count(*) AS double) / greatest(sum(count(*)) OVER (), {FEWEST_MEMBERS})"
                f" AS tf_{column} FROM member WHERE {column} IS NOT NULL GROUP BY {column}",
            )
            model.table_management.register_term_frequency_lookup(self._database.api.register(name), column)
        return model
