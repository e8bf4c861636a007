"""No event of a site that a person's words don't name is in anything: whatever it is, and whoever's browser it was on.

Such events are added to a drawn past and altered: what models, people and runs are given stays the same to the last
bit.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kanmon.core.ids import ClientId, MemberNo
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.features.basis import asked_sha256
from kanmon.features.files import DuckDBChangeDetector
from kanmon.lake.cleared import ClearedPerson
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.modelling.client_model import ClientModel
from kanmon.modelling.inputs import CORE, with_partner_sites
from kanmon.modelling.last_year import LastYear
from kanmon.modelling.ranked_logistic import RankedLogistic
from kanmon.rights.answer.files import DuckDBOwnHistory
from kanmon.rights.answer.history import ScoreQuery
from kanmon.scoring.service import reckoned
from tests.drawn import examples, is_night
from tests.engines.cases import AS_OF, AS_OF_MS, DAY, cleared
from tests.engines.conftest import EngineOver
from tests.lake.lakes import Did, Login, load_events, load_logins, load_members

MEMBERS = tuple(f"m{number}" for number in range(36))
"""More than are needed to be compared: the last ones' words name both sites."""
BOTH = ("jobs.example", "図鑑")
NAMED = {"m0": (), "m1": BOTH[:1], "m2": BOTH[1:], "m3": ()} | dict.fromkeys(MEMBERS[4:], BOTH)
EARLY = frozenset({"m0", "m1", *MEMBERS[6:]})
"""Whose words cover history from before login."""
SHARED = "shared"
LOGINS = [
    *(Login(f"c{who}", who, AS_OF_MS - 20 * DAY) for who in MEMBERS),
    *(Login(SHARED, who, AS_OF_MS - days * DAY) for who, days in (("m1", 9), ("m5", 7))),
]
FORGED = ("sub.jobs.example", "jobs.example.", "ｊｏｂｓ.examp1e", "j\u043ebs.example", "other", "図 鑑", "0", "図鑑2")
"""Sites that nobody's words name, some of them much like those that they do."""
SEEDS = range(examples(1, 2))
MODEL = ClientModel(
    RankedLogistic(
        with_partner_sites(CORE).inputs, -1.0, (1.0, 1.0, -1.0, -1.0, -2.0, 0.5), tuple((0.0, 1.0) for _ in range(6))
    ),
    0,
    LastYear((0.1, 0.2, 0.3), (False, True, False)),
)


def did(draw: Random, **fixed: Any) -> Did:
    drawn = {
        "who": None,
        "t": AS_OF_MS - draw.randint(1, 40 * DAY),
        "kind": draw.choice(("view", "book")),
        "target": draw.choice(("acme", "acme", "bolt", None)),
        "page": draw.choice(("top", "jobs", None)),
        "weight": draw.randint(0, 9),
    }
    return Did(**(drawn | fixed))


def of(draw: Random, who: str, site: str | None) -> Did:
    """What a member did, logged in or on the browser that is theirs alone."""
    return did(draw, site=site, **({"who": who} if draw.random() < 0.5 else {"cookie": f"c{who}"}))


def past(draw: Random) -> list[Did]:
    """Enough for everybody: on the board and on both sites, whether or not words name them."""
    return [of(draw, draw.choice(MEMBERS), draw.choice((None, None, *BOTH))) for _ in range(250)]


def uncovered(draw: Random) -> list[Did]:
    """Events of sites that people's words don't name, of days before login, and of browsers that are not one's."""
    unnamed = (("m0", BOTH[0]), ("m0", BOTH[1]), ("m1", BOTH[1]), ("m2", BOTH[0]), ("m3", BOTH[0]))
    return [
        *(of(draw, draw.choice(MEMBERS), site) for site in FORGED for _ in range(5)),
        *(of(draw, *draw.choice(unnamed)) for _ in range(20)),
        *(did(draw, cookie="cm4", site=site, t=AS_OF_MS - 21 * DAY - draw.randint(0, 5 * DAY)) for site in BOTH * 4),
        *(did(draw, cookie=cookie, site=site) for cookie in (SHARED, "nobody's") for site in BOTH * 6),
        *(
            did(draw, cookie=SHARED, site=site, t=AS_OF_MS - days * DAY + draw.randint(1, DAY - 1))
            for days in (9, 7)
            for site in BOTH * 3
        ),
    ]


class World:
    """A lake with some past, and all that is computed from it."""

    def __init__(self, folder: Path, events: Sequence[Did], engine_over: EngineOver) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder / "lake"
        lake = DuckDBLake(self.folder)
        self.numbers = load_members(lake, folder, MEMBERS)
        load_logins(lake, folder, LOGINS)
        load_events(lake, folder, events)
        self._lake, self._root = lake, folder
        self.news = DuckDBChangeDetector(self.folder)
        self._engine_over = engine_over

    def goes_on(self, more: Sequence[Did]) -> None:
        load_events(self._lake, self._root, more)

    @property
    def people(self) -> list[ClearedPerson]:
        return [
            cleared("acme", self.numbers[who], covers_before_login=who in EARLY, partner_sites=NAMED[who])
            for who in MEMBERS
        ]

    def given(self) -> tuple[object, ...]:
        """Inputs, model rows, what counted, and what a computation follows from."""
        table = LakeFeatures(self._engine_over(self.folder)).compute(self.people)
        history = DuckDBOwnHistory(self.folder)
        counted = {
            who: history.counted(
                [ScoreQuery(MemberNo(self.numbers[who]), ClientId("acme"), AS_OF, who in EARLY, (), NAMED[who])]
            )[0]
            for who in ("m1", "m4")
        }
        return table.table.to_pylist(), reckoned(table, MODEL).to_pylist(), counted, asked_sha256(self.people)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_words_do_not_name_is_in_nothing(engine_over: EngineOver, tmp_path: Path, seed: int) -> None:
    draw = Random(seed)
    world = World(tmp_path, past(draw), engine_over)
    untainted, state, tainted = world.given(), world.news.state(), uncovered(draw)
    world.goes_on(tainted)
    assert world.given() == untainted
    assert not world.news.concerned(world.people, state)
    if is_night():
        world.goes_on([replace(event, weight=event.weight + 1) for event in tainted])
        assert world.given() == untainted


def test_whoever_s_words_name_no_site_has_the_score_that_the_board_alone_gives(tmp_path: Path) -> None:
    events = past(Random(0))
    everything = World(tmp_path / "with", events, OpenDuckDB).given()
    board = World(tmp_path / "without", [event for event in events if event.site is None], OpenDuckDB).given()
    for place in (0, 3):
        assert everything[1][place]["score"] == board[1][place]["score"]  # type: ignore[index]
        assert everything[0][place] == board[0][place]  # type: ignore[index]


def test_what_words_name_counts(engine_over: EngineOver, tmp_path: Path) -> None:
    events = [Did("m4", AS_OF_MS - DAY, site="図鑑"), Did("m4", AS_OF_MS - 2 * DAY, site="jobs.example")]
    world = World(tmp_path, events, engine_over)
    features, rows, counted, _ = world.given()
    assert features[4]["partner_own_active_days_28d"] == 2  # type: ignore[index]
    assert {did.site for did in counted["m4"]} == {"図鑑", "jobs.example"}  # type: ignore[index]
    part = dict(zip(rows[4]["names"], rows[4]["parts"], strict=True))  # type: ignore[index]
    assert part["partner_own_active_days_28d"] < 0
    assert rows[0]["score"] == rows[3]["score"]  # type: ignore[index]
    earlier = world.people[4]
    newer = replace(earlier, clearance=replace(earlier.clearance, as_of=AS_OF - timedelta(3)))
    state = world.news.state()
    world.goes_on([Did("m4", AS_OF_MS - DAY, kind="book", site="図鑑")])
    assert world.news.concerned([earlier], state) == {"acme"}
    assert world.news.concerned([newer], state) == set()
