"""Scores where features are: the same to the last bit, and a cohort is ranked as a whole wherever its rows lie."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import ClientId
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.features.service import FeatureTable
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.modelling.client_model import ClientModel
from kanmon.modelling.inputs import BROAD
from kanmon.modelling.last_year import LastYear
from kanmon.modelling.ranked_logistic import fit
from kanmon.modelling.training_set import ACTS
from kanmon.scoring.service import NEXT_ACT, reckoned_by_act
from tests.engines.cases import AS_OF_MS, HOUR, cleared
from tests.engines.conftest import EngineOver
from tests.lake.lakes import Did, load_events, load_members

CLIENTS = {"acme": 40, "bolt": 12, "duet": 70}
"""How many applied to each: ranked within the cohort, against last year's, and by a model for each act."""
AHEAD = (*ACTS, ACTS[0], None)
"""The act ahead of each, in turn; the last one's stage is not known."""


def test_models_say_the_same_on_every_engine(engine_over: EngineOver, tmp_path: Path) -> None:
    drawn = np.random.default_rng(5)
    who = {client: [f"{client} {number}" for number in range(people)] for client, people in CLIENTS.items()}
    lake = DuckDBLake(tmp_path / "lake")
    numbers = load_members(lake, tmp_path, [one for people in who.values() for one in people])
    events = [
        Did(one, AS_OF_MS - int(ago) * HOUR, "view", str(drawn.choice([*CLIENTS, "other"])), f"p{drawn.integers(5)}")
        for people in who.values()
        for one in people[1:]
        for ago in drawn.integers(1, 2_000, drawn.integers(1, 30))
    ]
    load_events(lake, tmp_path, events)
    names = [one.feature for one in BROAD.inputs]
    models = {
        ClientId(client): [
            ClientModel(
                fit(BROAD.inputs, drawn.normal(size=(60, len(names))), drawn.random(60) < 0.3),
                False,
                LastYear.of(drawn.random(60), drawn.random(60) < 0.3),
                target,
                target is not ScoreTarget.BOTH,
            )
            for target in (ACTS if client == "duet" else [ScoreTarget.BOTH])
        ]
        for client in CLIENTS
    }
    people = [
        replace(cleared(client, numbers[one]), next_act=AHEAD[place % len(AHEAD)])
        for client, names_of in who.items()
        for place, one in enumerate(reversed(names_of))
    ]
    here = LakeFeatures(OpenDuckDB(tmp_path / "lake")).compute(people)
    found = LakeFeatures(engine_over(tmp_path / "lake")).reckon(people, models)
    start = 0
    for client, count in CLIENTS.items():
        acts = pa.array([one.next_act for one in people[start : start + count]], NEXT_ACT.type)
        cohort = FeatureTable(here.of_client(ClientId(client)).table.append_column(NEXT_ACT, acts))
        expected = reckoned_by_act(cohort, models[ClientId(client)])
        assert found.slice(start, count).to_pylist() == expected.to_pylist()
        assert expected["score"].null_count == (acts.null_count if client == "duet" else 0)
        start += count
    assert found["has_history"].to_pylist().count(False) == len(CLIENTS)
    assert len(set(found["risk"].to_pylist())) > 40
