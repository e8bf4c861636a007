"""Nothing of one client reaches another's model: everything about one is changed wildly, and the others see nothing.

What a member does about one client does count, as behaviour about all others, when the same member has applied to a
second client: it is that person's own doing. So only the doings of people who applied nowhere else are changed.
"""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from tests.journey.command import Road
from tests.journey.conftest import Ran

MakeWorkspace = Callable[[Road | None], Road]
CHANGED = "AOBA"
_MODELS = "SELECT artefact FROM prediction_model WHERE client_id = :client ORDER BY version"
_SCORES = (
    "SELECT applicant_id, value, not_scorable, explanation::text FROM score JOIN applicant USING (applicant_no) "
    "WHERE applicant.client_id = :client ORDER BY 1"
)
_DECISIONS = (
    "SELECT DISTINCT use, season_id, applicant_id, reasons FROM gate_decision JOIN applicant USING (applicant_no) "
    "WHERE applicant.client_id = :client ORDER BY 1, 2, 3, 4"
)


def test_nothing_of_one_client_reaches_the_others(
    ran: Ran, season: Path, workspace: MakeWorkspace, tmp_path: Path
) -> None:
    road = workspace(None)
    assert road("load", tainted(season, tmp_path / "season")).status == 0
    assert road("run").status == 0

    for query in (_MODELS, _SCORES, _DECISIONS):
        assert road.rows(query, client=CHANGED) != ran.road.rows(query, client=CHANGED)
        for client in ("HOSHINO", "KITAHAMA", "MINATO", "SAKURA", "TSUBAKI"):
            assert road.rows(query, client=client) == ran.road.rows(query, client=client), client
    [(artefact,)] = road.rows(_MODELS, client="KITAHAMA")
    assert len(artefact) > 100
    [mine], [theirs] = road.reports("KITAHAMA"), ran.road.reports("KITAHAMA")
    assert (mine / "report.csv").read_bytes() == (theirs / "report.csv").read_bytes()


def tainted(season: Path, folder: Path) -> Path:
    """The season with every fourth applicant of one client gone, its outcomes turned round, its events in disorder."""
    copytree(season, folder)
    applicants = _read(folder / "applicants.csv")
    theirs = pc.equal(applicants["client_id"], CHANGED)
    elsewhere = pc.unique(applicants.filter(pc.invert(theirs))["member_id"]).drop_null()
    gone = pc.and_(theirs, pc.equal(pc.utf8_slice_codeunits(applicants["applicant_id"], -1), "4"))
    kept = applicants.filter(pc.invert(gone))
    # Its rows now come last, so that whatever numbers rows are given, they are others.
    kept_theirs = pc.equal(kept["client_id"], CHANGED)
    _write(pa.concat_tables([kept.filter(pc.invert(kept_theirs)), kept.filter(kept_theirs)]), folder / "applicants.csv")

    outcomes = _read(folder / "outcomes.csv")
    remains = pc.is_in(outcomes["applicant_id"], kept["applicant_id"])
    outcomes = outcomes.filter(remains)
    turned = pc.if_else(pc.equal(outcomes["outcome"], "joined"), "offer_decline", "joined")
    changed = pc.if_else(pc.equal(outcomes["client_id"], CHANGED), turned, outcomes["outcome"])
    _write(outcomes.set_column(outcomes.schema.get_field_index("outcome"), "outcome", changed), folder / "outcomes.csv")

    events = pq.read_table(folder / "events.parquet")
    logins = pq.read_table(folder / "identities.parquet")
    cookies = pc.unique(logins.filter(pc.is_in(logins["member_id"], elsewhere))["cookie_id"])
    about = pc.fill_null(pc.equal(events["target"], CHANGED), False)
    of_others = pc.or_(pc.is_in(events["member_id"], elsewhere), pc.is_in(events["cookie_id"], cookies))
    mine = pc.and_(about, pc.invert(of_others))
    wild = events.filter(mine)
    assert wild.num_rows > 100
    earlier = pc.subtract(wild["occurred_at"], pa.scalar(9 * 86_400 * 10**6, pa.duration("us")))
    wild = wild.set_column(
        wild.schema.get_field_index("occurred_at"),
        wild.field("occurred_at"),
        earlier.cast(wild.field("occurred_at").type),
    )
    wild = wild.set_column(wild.schema.get_field_index("kind"), "kind", pa.array(["taint"] * wild.num_rows))
    pq.write_table(
        pa.concat_tables([wild, wild, events.filter(pc.invert(mine))], promote_options="permissive"),
        folder / "events.parquet",
    )
    return folder


def _read(path: Path) -> pa.Table:
    """The table as it is written, every cell as text."""
    with path.open(encoding="utf-8") as file:
        names = file.readline().strip().replace('"', "").split(",")
    as_text = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    return pyarrow.csv.read_csv(path, convert_options=as_text)


def _write(table: pa.Table, path: Path) -> None:
    pyarrow.csv.write_csv(table, path)
