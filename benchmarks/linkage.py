"""Link generated applicants to generated members of known truth: precision, recall, seconds, peak memory.

Beside the linker stand an exact match on name and birth date, as written and in normal form, and Splink as its own
documentation sets it up, without our normalisation, weights or one-to-one rule. After them come lists half of which are
nobody on the board but much like one member, by stratum (twins, families, one cohort): every tie of theirs is wrong.
"""

import argparse
import json
import logging
import time
from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.blocking_rule_creator import BlockingRuleCreator

from benchmarks.measure import measured
from kanmon.core.ids import ClientId, SeasonId
from kanmon.engines.splink_linker import SplinkLinkers
from kanmon.linkage.link import LinkDecision, Thresholds
from kanmon.linkage.quality import quality_of
from kanmon.linkage.records import comparable
from kanmon.linkage.service import ApplicantList, MemberList, link
from kanmon_stories.namesakes import Population, invent_population
from kanmon_stories.relatives import STRATA, invent_relatives

SEASON = SeasonId("2020")
SEED = 11


def ours(people: Population, linked_of: int = 0) -> dict[str, object]:
    """Our linker; `wrong` are those of the first `linked_of` applicants who were tied to anybody."""
    with SplinkLinkers().over(MemberList(SEASON, people.members)) as linker:
        found = link(linker, ApplicantList(ClientId("C1"), SEASON, people.applicants), Thresholds())
    linked: dict[int, int] = {one.applicant_no: one.member_no for one in found.links if one.member_no is not None}
    expected = quality_of(found)
    return {
        **_against_truth(linked, people.truth),
        "wrong": sum(applicant <= linked_of for applicant in linked),
        "review": sum(one.decision is LinkDecision.REVIEW for one in found.links),
        "expected_precision": round(expected.expected_precision or 0, 5),
        "expected_recall": round(expected.expected_recall or 0, 4),
        "lookalikes": expected.lookalikes,
        "blocked": expected.blocked,
    }


def exact_as_written(people: Population) -> dict[str, object]:
    return _exact(people, "family_name", "given_name", "birth_date")


def exact_in_normal_form(people: Population) -> dict[str, object]:
    normal = Population(
        comparable(people.members, "member_no").rename_columns({"unique_id": "member_no"}),
        comparable(people.applicants, "applicant_no").rename_columns({"unique_id": "applicant_no"}),
        people.truth,
    )
    return _exact(normal, "family", "given", "birth_date")


def _exact(people: Population, *columns: str) -> dict[str, object]:
    """Whoever is the only member and the only applicant with these values."""
    con = duckdb.connect()
    con.register("a", people.applicants)
    con.register("m", people.members)
    on = ", ".join(columns)
    pairs = con.execute(
        f"""SELECT applicant_no, member_no FROM a JOIN m USING ({on})
        QUALIFY count(*) OVER (PARTITION BY applicant_no) = 1 AND count(*) OVER (PARTITION BY member_no) = 1"""
    ).fetchall()
    return _against_truth(dict(pairs), people.truth)


def splink_as_documented(people: Population) -> dict[str, object]:
    """Library comparisons, trained u and m, and each applicant's best member at a match probability of 0.99."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    con.register("a", people.applicants)
    con.register("m", people.members)
    columns = (
        "family_name, given_name, family_kana, given_kana, strftime(birth_date, '%Y-%m-%d') AS birth_date, email, "
    )
    con.execute(f"CREATE TABLE applicant AS SELECT applicant_no AS unique_id, {columns} university FROM a")
    con.execute(f"CREATE TABLE member AS SELECT member_no AS unique_id, {columns} university FROM m")
    database = DuckDBAPI(con)
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.NameComparison("family_name"),
            cl.NameComparison("given_name"),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            cl.EmailComparison("email"),
            cl.ExactMatch("university").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("family_name", "given_name"),
            block_on("birth_date", "family_name"),
            block_on("birth_date", "given_name"),
            block_on("email"),
        ],
    )
    tables = [database.register("applicant"), database.register("member")]
    linker = Linker(tables, settings, log_level=None)
    rules: list[str | BlockingRuleCreator] = [block_on("email"), block_on("family_name", "given_name", "birth_date")]
    linker.training.estimate_probability_two_random_records_match(rules, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (block_on("family_name", "given_name"), block_on("birth_date", "given_name")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.99)
    best = con.execute(
        f"""SELECT unique_id_l, unique_id_r FROM {found.physical_name}
        QUALIFY row_number() OVER (PARTITION BY unique_id_l ORDER BY match_weight DESC, unique_id_r) = 1"""
    ).fetchall()
    return _against_truth(dict(best), people.truth)


def _against_truth(linked: Mapping[int, int], truth: np.ndarray) -> dict[str, object]:
    right = sum(truth[applicant - 1] == member for applicant, member in linked.items())
    return {
        "linked": len(linked),
        "precision": round(float(right) / max(len(linked), 1), 5),
        "recall": round(float(right) / int((truth > 0).sum()), 4),
    }


def relatives(stratum: str, pairs: int) -> dict[str, object]:
    """So many people of a stratum, none of them a member, on a list with as many true members."""
    people = invent_relatives(stratum, pairs, SEED, among=pairs)
    began = time.perf_counter()
    found = ours(people, linked_of=pairs)
    del found["blocked"]
    return {"seconds": round(time.perf_counter() - began, 2), **found}


WAYS = {way.__name__: way for way in (ours, exact_as_written, exact_in_normal_form, splink_as_documented)}


def run(way: str, members: int, applicants: int, corrupted: float) -> dict[str, object]:
    people = invent_population(members, applicants, SEED, corrupted=corrupted)
    began = time.perf_counter()
    found = WAYS[way](people)
    return {"seconds": round(time.perf_counter() - began, 2), **found}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=820_000)
    parser.add_argument("--applicants", type=int, default=62_548)
    parser.add_argument("--corrupted", type=float, nargs="+", default=[0.0, 0.02, 0.05])
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--strata", type=int, default=10_000, metavar="PAIRS", help="of each stratum; 0 for none")
    chosen = parser.parse_args(arguments)
    for corrupted in chosen.corrupted:
        for way in chosen.ways:
            found = measured(run, way, chosen.members, chosen.applicants, corrupted)
            about = {"way": way, "corrupted": corrupted, "applicants": chosen.applicants, "peak_mb": found["peak_mb"]}
            print(json.dumps(about | found["result"]), flush=True)
    for stratum in STRATA if chosen.strata else ():
        found = measured(relatives, stratum, chosen.strata)
        about = {"stratum": stratum, "pairs": chosen.strata, "peak_mb": found["peak_mb"]}
        print(json.dumps(about | found["result"]), flush=True)


if __name__ == "__main__":
    main()
