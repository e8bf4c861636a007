"""Applicants who are nobody on the board, but much like one of its members: twins, families, people of one cohort.

In each stratum every applicant has one such member, and every tie of theirs is wrong.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa

from kanmon.linkage.names import normalise
from kanmon.linkage.personal import PERSONAL
from kanmon_stories.namesakes import Population, given_names, invent_people, personal_columns
from kanmon_stories.slips import retell

_OTHERS = 3
"""So many other members for each applicant: whom frequencies are read from."""
_FAMILY = ("family_name", "family_kana")
_TWINS = (*_FAMILY, "birth_date")
_ONE_ADDRESS = 0.3
"""The share of families that use one address, where it is not all of them."""

People = dict[str, np.ndarray]
Draw = np.random.Generator


def invent_relatives(stratum: str, pairs: int, seed: int, *, among: int = 0) -> Population:
    """As many applicants as `pairs`, each like one member in the way of the stratum (`STRATA`), and other members.

    Behind them on the list stand as many true members as `among`, at most three for each pair.
    """
    rng = np.random.default_rng(seed)
    people = invent_people(pairs * (2 + _OTHERS), rng)
    members, relatives = np.arange(0, pairs * (1 + _OTHERS)), np.arange(pairs * (1 + _OTHERS), pairs * (2 + _OTHERS))
    STRATA[stratum](people, relatives, members[:pairs], rng)
    applicants = np.concatenate([relatives, members[pairs : pairs + among]])
    told = retell({name: people[name][applicants] for name in PERSONAL}, 0.0, rng)
    listed = len(applicants)
    return Population(
        pa.table({"member_no": members + 1, **personal_columns(people, members)}),
        pa.table({"client_id": ["C1"] * listed, "applicant_no": np.arange(1, listed + 1), **told}),
        np.where(applicants < len(members), applicants + 1, 0),
    )


def _share(people: People, rows: np.ndarray, of: np.ndarray, columns: tuple[str, ...], share: float, rng: Draw) -> None:
    """Some of `rows` have what the people they are like have, in these columns."""
    chosen = rng.random(len(rows)) < share
    for column in columns:
        people[column][rows[chosen]] = people[column][of[chosen]]


def _name_otherwise(people: People, rows: np.ndarray, of: np.ndarray, names: list[list[str]], rng: Draw) -> None:
    """Each of `rows` has another given name than the one it is like."""
    for row, like in zip(rows, of, strict=True):
        while normalise.name(people["given_name"][row]) == normalise.name(people["given_name"][like]):
            people["given_name"][row], people["given_kana"][row] = names[rng.integers(len(names))]


def _twins(people: People, rows: np.ndarray, of: np.ndarray, rng: Draw) -> None:
    _share(people, rows, of, _TWINS, 1.0, rng)
    _share(people, rows, of, ("university",), 0.5, rng)
    _share(people, rows, of, ("email",), _ONE_ADDRESS, rng)
    _name_otherwise(people, rows, of, given_names(), rng)


def _twins_without_kana(people: People, rows: np.ndarray, of: np.ndarray, rng: Draw) -> None:
    _twins(people, rows, of, rng)
    for column in ("family_kana", "given_kana"):
        people[column][rows] = None


def _twins_of_like_names(people: People, rows: np.ndarray, of: np.ndarray, rng: Draw) -> None:
    """翔太 and 翔馬, 真 and 真琴, 翔太 and 将太: names that share a kanji, begin like the other, or sound the same."""
    _twins(people, rows, of, rng)
    like = _like_names()
    for row, other in zip(rows, of, strict=True):
        choice = like[people["given_name"][other]]
        people["given_name"][row], people["given_kana"][row] = choice[rng.integers(len(choice))]


def _like_names() -> Mapping[str, list[list[str]]]:
    names = given_names()
    by_first: dict[str, list[list[str]]] = {}
    by_kana: dict[str, list[list[str]]] = {}
    for one in names:
        by_first.setdefault(one[0][0], []).append(one)
        by_kana.setdefault(one[1], []).append(one)
    return {
        written: [
            other
            for other in by_first[written[0]] + by_kana[kana] + [[written + "郎", kana + "ロウ"]]
            if normalise.name(other[0]) != normalise.name(written)
        ]
        for written, kana in names
    }


def _siblings(people: People, rows: np.ndarray, of: np.ndarray, rng: Draw) -> None:
    _share(people, rows, of, _FAMILY, 1.0, rng)
    _share(people, rows, of, ("university",), 0.5, rng)
    _share(people, rows, of, ("email",), _ONE_ADDRESS, rng)
    _name_otherwise(people, rows, of, given_names(), rng)


def _parent_and_child(people: People, rows: np.ndarray, of: np.ndarray, rng: Draw) -> None:
    """One address; the parent may have been at the same university, and have passed on a kanji of the name."""
    _share(people, rows, of, (*_FAMILY, "email"), 1.0, rng)
    _share(people, rows, of, ("university",), 0.3, rng)
    days = rng.integers(22 * 365, 40 * 365, len(rows)).astype("timedelta64[D]")
    people["birth_date"][rows] = (people["birth_date"][of].astype("datetime64[D]") - days).astype(object)
    like = _like_names()
    for row, other in zip(rows, of, strict=True):
        choice = like[people["given_name"][other]]
        people["given_name"][row], people["given_kana"][row] = choice[rng.integers(len(choice))]


def _cohort(people: People, rows: np.ndarray, of: np.ndarray, rng: Draw) -> None:
    _share(people, rows, of, ("birth_date", "university"), 1.0, rng)


def _cohort_of_one_family_name(people: People, rows: np.ndarray, of: np.ndarray, rng: Draw) -> None:
    _share(people, rows, of, (*_TWINS, "university"), 1.0, rng)
    _name_otherwise(people, rows, of, given_names(), rng)


def _namesakes_by_default(people: People, rows: np.ndarray, of: np.ndarray, rng: Draw) -> None:
    """People of one whole name whose day of birth and address are the form's default."""
    _share(people, rows, of, (*_FAMILY, "given_name", "given_kana"), 1.0, rng)
    for both in (rows, of):
        people["birth_date"][both] = np.datetime64("2000-01-01").astype(object)
        people["email"][both] = "none@none.example"


STRATA: Mapping[str, Callable[[People, np.ndarray, np.ndarray, Draw], None]] = {
    "twins": _twins,
    "twins, kana missing": _twins_without_kana,
    "twins of like names": _twins_of_like_names,
    "siblings": _siblings,
    "parent and child, one address": _parent_and_child,
    "birth date and university": _cohort,
    "birth date, university and family name": _cohort_of_one_family_name,
    "one name, default birth date and address": _namesakes_by_default,
}
"""How an applicant is like a member."""
