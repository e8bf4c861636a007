"""A model trained after somebody ended training is, bit for bit, the one that never had that person."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from kanmon.core.ids import ApplicantId, ClientId, SeasonId
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.features.service import FeatureTable
from kanmon.lake.cleared import ClearedPerson
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.modelling.fitted import FittedModel
from kanmon.modelling.service import Trainer
from kanmon.modelling.training_set import TrainingPerson, TrainingSet
from tests.drawn import examples, is_night
from tests.engines.cases import AS_OF, AS_OF_MS, DAY, HOUR, cleared
from tests.lake.lakes import Did, load_events, load_members

PEOPLE = 200
PAGES = ("top", "jobs", "people", "briefing")


@dataclass(frozen=True)
class World:
    """One client's season: everybody, or everybody but one person of whom nothing was ever taken in."""

    client: str
    people: Sequence[int]

    def member(self, person: int) -> str:
        return f"{self.client}-{person}"

    def events(self) -> list[Did]:
        return [
            Did(self.member(person), AS_OF_MS - round(days * DAY) - int(hour) * HOUR, target=self.client, page=page)
            for person in self.people
            for days, hour, page in _habits(person)
        ]


def _habits(person: int) -> list[tuple[float, int, str]]:
    """When and where a person acts; the same in each world."""
    drawn = np.random.default_rng(person)
    return [
        (float(days), int(drawn.integers(24)), PAGES[int(drawn.integers(len(PAGES)))])
        for days in np.cumsum(drawn.exponential(3.0 + 9.0 * _left(person), int(drawn.integers(1, 9))))
    ]


def _left(person: int) -> bool:
    return person % 4 == 0 or person % 31 == 5


def _training_set(cases: Sequence[ClearedPerson], left: Sequence[bool], features: FeatureTable) -> TrainingSet:
    """What the main job hands to training."""
    people = tuple(TrainingPerson(case.clearance.applicant_no, case.clearance.applicant_id) for case in cases)
    bare = TrainingSet(ClientId("C"), SeasonId("2019"), AS_OF, tuple(left), {}, people)
    return bare.with_features(features)


def _trained(training_set: TrainingSet) -> tuple[bytes, str, bytes]:
    """The model with its last year, its digest, and the calibrated risks by which it was chosen."""
    fitted = Trainer().fit(training_set)
    assert isinstance(fitted, FittedModel)
    return (
        fitted.artefact,
        fitted.training_sha256,
        b"".join(one.out_of_fold.tobytes() for one in fitted.parts[0].validations),
    )


@pytest.fixture(scope="module")
def left_out() -> list[int]:
    """Whoever ends training: some by day, each of the two hundred by night."""
    return sorted(int(one) for one in np.random.default_rng(7).permutation(PEOPLE)[: examples(2, PEOPLE)])


def _sets(folder: Path, worlds: Sequence[World], asked: Sequence[Sequence[int]]) -> list[TrainingSet]:
    """What training gets of each world, of the people asked about, in the order in which they are given."""
    (folder / "staging").mkdir(parents=True)
    lake = DuckDBLake(folder / "lake")
    members = [world.member(person) for world in worlds for person in world.people]
    numbers = load_members(lake, folder / "staging", members)
    load_events(lake, folder / "staging", list(chain.from_iterable(world.events() for world in worlds)))
    cases = []
    for world, people in zip(worlds, asked, strict=True):
        for person in people:
            case = cleared(world.client, numbers[world.member(person)], AS_OF)
            named = replace(case.clearance, applicant_id=ApplicantId(f"a{person:03}"))
            cases.append(replace(case, clearance=named))
    features = LakeFeatures(OpenDuckDB(folder / "lake")).compute(cases)
    return [
        _training_set(
            [case for case in cases if case.clearance.client_id == world.client],
            [_left(person) for person in people],
            features.of_client(ClientId(world.client)),
        )
        for world, people in zip(worlds, asked, strict=True)
    ]


def test_whoever_ends_training_leaves_no_bit_in_the_next_model(left_out: list[int], tmp_path: Path) -> None:
    everybody = list(range(PEOPLE))
    without = [[person for person in everybody if person != gone] for gone in left_out]
    ended = [World(f"ended-{gone}", everybody) for gone in left_out]
    never = [World(f"never-{gone}", people) for gone, people in zip(left_out, without, strict=True)]
    listed_anew = [people[::-1] for people in without]
    models = _models(_sets(tmp_path, [*ended, *never], [*without, *listed_anew]))
    after, before = models[: len(ended)], models[len(ended) :]
    assert after == before
    assert len(set(after)) > 1, "somebody who is left out makes another model"


def _models(sets: Sequence[TrainingSet]) -> list[tuple[bytes, str, bytes]]:
    if not is_night():
        return [_trained(one) for one in sets]
    with ProcessPoolExecutor(2, get_context("spawn")) as workers:
        return list(workers.map(_trained, sets, chunksize=20))
