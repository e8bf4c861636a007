"""The linker on Splink: members are weighed once, one client's list at a time is compared with those it could be.

How often agreement happens by chance (u) is measured on pairs of members, drawn with a fixed seed; how often it happens
for one person (m) is fixed below, because a client's list is too short to learn it from. Pairs are drawn otherwise on
another engine: what is weighed there is a model of its own, to be validated as such.
"""
# ruff: noqa: S608 - of fixed parts

import logging
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from splink import DuckDBAPI, SettingsCreator
from splink import Linker as SplinkModel
from splink.internals.comparison_creator import ComparisonCreator
from splink.internals.database_api import DatabaseAPI

from kanmon.core.ids import ApplicantNo, MemberNo
from kanmon.linkage.blocking import BLOCKS, FEWEST_MEMBERS, WEIGHED_BY_FREQUENCY, Columns, MemberIndex
from kanmon.linkage.common_values import common_values, without
from kanmon.linkage.link import LinkPair
from kanmon.linkage.names.given_names import agreement_of
from kanmon.linkage.personal import NameAgreement, PersonName
from kanmon.linkage.records import COMPARED, comparable, person_names
from kanmon.linkage.service import ApplicantList, Comparison, MemberList

SEED = 2019
SHARE_OF_MEMBERS = 0.9
"""How many of a client's applicants are taken to be members of the board: the prior of a match."""
SAMPLED_PAIRS = 4_000_000
LOWEST_WEIGHT = -10.0
"""Pairs below this, in bits, are not even kept."""


_YEAR_L, _MONTH_L, _DAY_L = (f"substr(birth_date_l, {place})" for place in ("1, 4", "5, 2", "7, 2"))
_YEAR_R, _MONTH_R, _DAY_R = (f"substr(birth_date_r, {place})" for place in ("1, 4", "5, 2", "7, 2"))


def _level(sql: str, m: float, u: float, tf: str | None = None, **more: object) -> dict[str, Any]:
    """One way to agree: `m` how often for one person, `u` by chance; `tf` a column whose rare values say more."""
    adjusted = {"tf_adjustment_column": tf, "disable_tf_exact_match_detection": True} if tf else {}
    return {"sql_condition": sql, "label_for_charts": sql, "m_probability": m, "u_probability": u, **adjusted, **more}


def _null(sql: str) -> dict[str, Any]:
    return {"sql_condition": sql, "label_for_charts": "not known", "is_null_level": True}


def _name(part: str, other: str, m: Mapping[str, float], u: Mapping[str, float]) -> dict[str, Any]:
    """Family or given name: the kanji and how they sound are one piece of evidence, not two.

    Two scripts are compared by sound alone. Given names in kanji that differ are two names, however alike they sound
    (翔太 ショウタ, 翔馬 ショウマ); a family name may have been typed wrong.
    """
    l_sound, r_sound, script = f"{part}_sound_l", f"{part}_sound_r", f"{part}_script"
    in_latin = f"coalesce({script}_l = 'latin' and {script}_r = 'latin', false)"
    l_heard, r_heard = (f"case when {in_latin} then {part}_{side} else {part}_sound_{side} end" for side in "lr")
    same, near = f"{part}_l = {part}_r", f"damerau_levenshtein({l_heard}, {r_heard}) <= 1"
    swapped = f"{part}_l = {other}_r and {other}_l = {part}_r"
    unlike = f"coalesce({script}_l = 'kanji' and {script}_r = 'kanji' and {part}_l <> {part}_r, false)"
    typed = f"({near} and length({l_heard}) > 2)"
    unwritten = f"{part}_l is null or {part}_r is null or {script}_l <> {script}_r"
    levels = [
        _null(f"({unwritten}) and ({l_sound} is null or {r_sound} is null)"),
        _level(f"{same} and coalesce({near}, true)", m["same"], u["same"], part),
    ]
    if part == "given":
        levels += [
            _level(f"{l_sound} = {r_sound} and not {unlike}", m["sound"], u["sound"], f"{part}_sound"),
            _level(swapped, m["swapped"], u["swapped"], fix_u_probability=True),
            _level("first_given_l = first_given_r", m["first"], u["first"], fix_u_probability=True),
            _level(f"{same} or ({typed} and not {unlike})", m["alike"], u["alike"]),
            _level(f"{l_sound} = {r_sound}", m["typed"], u["typed"], fix_u_probability=True),
        ]
    else:
        levels += [
            _level(f"{l_sound} = {r_sound}", m["sound"], u["sound"], f"{part}_sound"),
            _level(swapped, m["swapped"], u["swapped"], fix_u_probability=True),
            _level(_EITHER_FAMILY, m["other"], u["other"], fix_u_probability=True),
            _level(f"{same} or {typed}", m["alike"], u["alike"]),
        ]
    return {"output_column_name": part, "comparison_levels": [*levels, _level("ELSE", m["else"], u["else"])]}


_EITHER_FAMILY = "other_family_l = family_r or family_l = other_family_r or other_family_l = other_family_r"
"""A family name that one record notes beside another (旧姓)."""


def _rule(block: Columns) -> str:
    return " and ".join(f"l.{own} = r.{column}" for own, column in block)


_COMPARISONS: list[ComparisonCreator | dict[str, Any]] = [
    _name(
        "family",
        "given",
        m={"same": 0.93, "sound": 0.025, "swapped": 0.005, "other": 0.005, "alike": 0.015, "else": 0.02},
        u={"same": 0.004, "sound": 0.001, "swapped": 1e-6, "other": 1e-4, "alike": 0.01, "else": 0.985},
    ),
    _name(
        "given",
        "family",
        m={
            "same": 0.92,
            "sound": 0.04,
            "swapped": 0.005,
            "first": 0.005,
            "alike": 0.0195,
            "typed": 0.01,
            "else": 0.0005,
        },
        u={
            "same": 0.002,
            "sound": 0.003,
            "swapped": 1e-6,
            "first": 0.001,
            "alike": 0.02,
            "typed": 0.003,
            "else": 0.975,
        },
    ),
    {
        "output_column_name": "birth_date",
        "comparison_levels": [
            _null("birth_date_l is null or birth_date_r is null"),
            _level("birth_date_l = birth_date_r", 0.965, 0.001, "birth_date"),
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


_WEIGHED = ["unique_id", *COMPARED]
_IN_LATIN = "coalesce(family_script_l = 'latin' and family_script_r = 'latin', false)"
_IS_FAMILY = f"(gamma_family <> 0 or gamma_email > 0 or (gamma_email < 0 and match_weight >= 10 and {_IN_LATIN}))"
"""Whether the family name does not speak against it: another, as after a marriage, wants the address to agree.

One in Latin letters may be misspelt beyond recognition, and weighs enough where no address is known.
"""
_AGREES_BESIDE = f"(gamma_birth_date >= 2 or gamma_email > 0) and {_IS_FAMILY}"
"""Whether more than name and university agrees: the day of birth but for a slip, the address or its first part."""
_SAME_UNIVERSITY = f"gamma_university > 0 and {_IS_FAMILY}"
_BESIDE_GIVEN = "match_weight - mw_given - coalesce(mw_tf_adj_given, 0.0)"
"""What all but the given names weighs."""
_HAS_OTHER_ADDRESS = "gamma_email = 0"
"""Whether both addresses are known and not even their first parts agree."""


def _people(table: pa.Table, numbers: Set[int]) -> Mapping[int, tuple[PersonName, bool]]:
    """By number, the name of each and whether a default stands in place of the address or the day of birth."""
    paired = table.filter(pc.is_in(table["unique_id"], value_set=pa.array(numbers, pa.int64())))
    facts = zip(person_names(paired), paired["has_default"].to_pylist(), strict=True)
    return dict(zip(paired["unique_id"].to_pylist(), facts, strict=True))


class LinkingDatabase(Protocol):
    """Where Splink compares: tables of one engine."""

    @property
    def api(self) -> "DatabaseAPI[Any]":
        """Splink's own way to the engine."""

    def keep(self, name: str, rows: pa.Table) -> None:
        """Make a table of these rows."""

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
        self._connection.execute(f"CREATE TABLE {name} AS FROM arriving")
        self._connection.unregister("arriving")

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
        self._common = common_values(members)
        telling = without(members, self._common)
        self._index = MemberIndex(telling)
        database.keep("member", telling.select(_WEIGHED))
        self._model = self._trained(len(members))

    def compare(self, applicants: ApplicantList) -> Comparison:
        """Every pair that shares a blocking key and is not hopeless, with its match weight."""
        if not applicants.rows.num_rows:
            return Comparison([], {})
        listed = comparable(applicants.rows, "applicant_no")
        listed = without(listed, self._common, common_values(listed))
        sharing = self._index.sharing(listed)
        frequencies = {f"frequency_of_{column}": rows for column, rows in self._index.frequencies(sharing).items()}
        tables = {"applicant": listed.select(_WEIGHED), "sharing": sharing.select(_WEIGHED), **frequencies}
        for name, rows in tables.items():
            self._database.keep(name, rows)
        mine, theirs, *kept = (self._database.api.register(name) for name in tables)
        for column, table in zip(WEIGHED_BY_FREQUENCY, kept, strict=True):
            self._model.table_management.register_term_frequency_lookup(table, column)
        found = self._model.inference.predict_between(mine, theirs, warning_mode="never")
        blocked = self._database.rows(f"SELECT CAST(match_key AS int), count(*) FROM {found.physical_name} GROUP BY 1")
        rows = self._database.rows(
            f"SELECT unique_id_l, unique_id_r, match_weight, {_BESIDE_GIVEN}, {_AGREES_BESIDE}, {_SAME_UNIVERSITY},"
            f" {_HAS_OTHER_ADDRESS}"
            f" FROM {found.physical_name} WHERE match_weight > {LOWEST_WEIGHT} ORDER BY 1, 2"
        )
        found.drop_table_from_database_and_remove_from_cache()
        for name in tables:
            self._database.drop(name)
        names = list(BLOCKS)
        return Comparison(
            list(self._pairs(rows, listed, sharing)),
            dict.fromkeys(names, 0) | {names[key]: count for key, count in blocked},
        )

    def _pairs(
        self, rows: Sequence[tuple[int, int, float, float, bool, bool, bool]], listed: pa.Table, sharing: pa.Table
    ) -> Iterator[LinkPair]:
        """Pairs with what else they say, beside the weight: their given names, and whether more than names agrees."""
        mine, theirs = _people(listed, {row[0] for row in rows}), _people(sharing, {row[1] for row in rows})
        for one, other, weight, beside, agrees_beside, same_university, has_other_address in rows:
            (name, has_default), (their_name, they_have_default) = mine[one], theirs[other]
            given = agreement_of(name, their_name)
            if given is NameAgreement.NEAR and not has_other_address and not self._index.is_borne(name.given):
                given = NameAgreement.SAME
            is_supported = agrees_beside or (same_university and not has_default and not they_have_default)
            yield LinkPair(ApplicantNo(one), MemberNo(other), weight, given, beside, is_supported)

    def _trained(self, count: int) -> SplinkModel:
        settings = SettingsCreator(
            link_type="dedupe_only",
            comparisons=_COMPARISONS,
            blocking_rules_to_generate_predictions=[{"blocking_rule": _rule(block)} for block in BLOCKS.values()],
            probability_two_random_records_match=SHARE_OF_MEMBERS / max(count, FEWEST_MEMBERS),
            retain_matching_columns=True,  # the levels of agreement come with them
            retain_intermediate_calculation_columns=True,  # and what each of them weighs
        )
        model = SplinkModel(self._database.api.register("member"), settings, log_level=None)
        if count >= FEWEST_MEMBERS:
            model.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=SEED)
        return model
