"""Features and scores computed over the lake's files, by whichever engine."""

from collections.abc import Mapping, Sequence
from functools import partial

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from kanmon.core.ids import ClientId
from kanmon.engines.engine import LakeEngine, OpenEngine, codes_of
from kanmon.features.definition import NAMES
from kanmon.features.expression import features
from kanmon.features.service import FeatureTable
from kanmon.lake.cleared import ClearedPerson
from kanmon.lake.files.manifest import begun_again
from kanmon.lake.query import (
    cleared_table,
    corrected_subjects,
    covered_sites,
    named_browsers,
    not_theirs_table,
    subjects_of,
)
from kanmon.scoring.service import NEXT_ACT, RECKONED_SCHEMA, ScoringModel, reckoned_by_act

_NOBODY = pa.schema(
    [("client", pa.string()), ("sites", pa.int32()), *((name, pa.float64()) for name in NAMES)]
).empty_table()


class LakeFeatures:
    """See `features.service.FeatureEngine` and `scoring.service.ScoringEngine`."""

    def __init__(self, engine: OpenEngine) -> None:
        self._open = engine
        self._folder = engine.folder

    @begun_again
    def compute(self, cleared: Sequence[ClearedPerson]) -> FeatureTable:
        """See `features.service.FeatureEngine`; one pass over the lake."""
        if not cleared:
            return FeatureTable(_NOBODY)
        asked = cleared_table(cleared)
        with self._open() as engine:
            found = engine.fetched(_features(engine, cleared, asked).order_by("row"))
        columns = {"client": asked["client"], "sites": asked["sites"], **{name: found[name] for name in NAMES}}
        return FeatureTable(pa.table(columns))

    @begun_again
    def reckon(self, cleared: Sequence[ClearedPerson], models: Mapping[ClientId, Sequence[ScoringModel]]) -> pa.Table:
        """See `scoring.service.ScoringEngine`; features don't leave the engine's processes."""
        if not cleared:
            return RECKONED_SCHEMA.empty_table()
        asked = cleared_table(cleared)
        schema = pa.schema([pa.field("row", pa.int32()), *RECKONED_SCHEMA])
        with self._open() as engine:
            acts = pa.array([one.next_act for one in cleared], NEXT_ACT.type)
            clients = engine.made(asked.select(["row", "client", "sites"]).append_column(NEXT_ACT, acts))
            found = _features(engine, cleared, asked).join(clients, "row")
            rows = engine.worked(found, ("client", "row"), partial(_by_client, models), schema)
        return rows.sort_by("row").drop("row")


def _by_client(models: Mapping[ClientId, Sequence[ScoringModel]], rows: pa.Table) -> pa.Table:
    """What each client's models say of its rows."""
    found = []
    for client in pc.unique(rows["client"]).to_pylist():
        cohort = FeatureTable(rows).of_client(ClientId(client))
        found.append(reckoned_by_act(cohort, models[client]).add_column(0, "row", cohort.table["row"]))
    return pa.concat_tables(found)


def _features(engine: LakeEngine, cleared: Sequence[ClearedPerson], asked: pa.Table) -> ir.Table:
    """One row for each case: `row`, then every feature of the catalogue."""
    browsers = named_browsers(engine.lake("name"))
    cases = _cases(engine, asked, browsers)
    subjects = engine.keep(subjects_of(cases, engine.lake("identity")))
    corrected = _corrected(engine, cleared, browsers)
    covered = _covered(engine, cleared)
    return features(cases, subjects, engine.lake("event"), engine.keep, corrected, covered)


def _cases(engine: LakeEngine, asked: pa.Table, browsers: ir.Table) -> ir.Table:
    """The cleared with their client's numbers: `cohort` among those asked, `own_target` in the dictionary."""
    clients = sorted(set(asked["client"].to_pylist()))
    targets = codes_of(engine, "target")
    own = pa.table(
        {
            "client": pa.array(clients, pa.string()),
            "cohort": pa.array(range(len(clients)), pa.int32()),
            "own_target": pa.array([targets.get(client, -1) for client in clients], pa.int32()),
        }
    )
    cases = engine.made(asked).join(engine.made(own), "client")
    return engine.keep(cases.left_join(browsers, "cookie_id").drop("client", "cookie_id", "cookie_id_right"))


def _covered(engine: LakeEngine, cleared: Sequence[ClearedPerson]) -> ir.Table | None:
    """Whose words name which partner sites; None where nobody's name one that the lake knows, which costs nothing."""
    asked = [one.clearance.partner_sites for one in cleared]
    covered = covered_sites(asked, codes_of(engine, "site") if any(asked) else {})
    return engine.keep(engine.made(covered)) if covered.num_rows else None


def _corrected(engine: LakeEngine, cleared: Sequence[ClearedPerson], browsers: ir.Table) -> ir.Table | None:
    """What doesn't count for whom; None where nothing was ever corrected, which costs nothing."""
    corrections = not_theirs_table([(one.clearance.member_no, one.not_theirs) for one in cleared])
    if not corrections.num_rows:
        return None
    return engine.keep(corrected_subjects(engine.made(corrections), browsers))
