"""A room's SQL is its own: what import-linter can't say of one room and all others (docs/architecture.md)."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "kanmon"
WIRED_IN = {"application", "engines"}
"""Rooms that wire SQL, or run it."""
SHARED = {
    "kanmon.clients.store": "terms, policy versions and screens, which most statements begin from",
    "kanmon.consent.store.acts": "acts of consent are read and recorded by one piece of SQL",
    "kanmon.consent.store.words": "the hash of a text, whichever way it was written",
    "kanmon.ledger.store.act_seals": "whatever adds an act seals it",
    "kanmon.ledger.store.answers": "what is kept of an answer is digested by one piece of SQL",
    "kanmon.ledger.store.bound_rows": "whatever adds a bound row enters it",
    "kanmon.ledger.store.bound_tables": "which rows are bound, and by what they are named",
    "kanmon.ledger.store.notice_seals": "whatever adds a notice seals it",
    "kanmon.ledger.store.entries": "reading entries",
}
"""Stores that any room above may build on, and why."""
PAIRS: Mapping[tuple[str, str], str] = {
    ("audits.drift", "kanmon.modelling.store.applicants"): "outcomes, as training reads them",
    ("audits.evidence", "kanmon.incidents.store"): "an incident's own facts",
    ("audits.evidence", "kanmon.incidents.matters.store"): "a matter's steps and papers",
    ("audits.evidence", "kanmon.rights.erasure.store.erasures"): "which entries an erasure left",
    (
        "audits.gap",
        "kanmon.gate.store.act_moments",
    ): "between which moments an act may have happened, as the gate has it",
    ("audits.gap", "kanmon.gate.store.facts"): "the gate's own query, asked as of each past delivery",
    ("audits.gap", "kanmon.gate.switch.store"): "which stops doubted what had been agreed to",
    ("audits.gap", "kanmon.reviews.revisions.store"): "which revisions were under way",
    ("audits.overview", "kanmon.gate.switch.store"): "which clients are stopped",
    ("audits.overview", "kanmon.modelling.store.models"): "models with their approvals",
    ("audits.overview", "kanmon.rights.recall.store"): "which requests to erase nobody has certified",
    ("audits.use", "kanmon.provision.store.decisions"): "decisions under each client's row-level security",
    ("gate.store", "kanmon.clients.papers.store"): "a client's papers, as they were put on record",
    ("intake.store", "kanmon.consent.holds.store"): "a load holds whom a refused row may name, in its transaction",
    ("intake.store", "kanmon.provision.store.decisions"): "a load enters decisions, in its transaction",
    ("provision.store", "kanmon.gate.switch.store"): "what is stopped hides a report",
    ("reviews.releases", "kanmon.gate.store.approvals"): "a step of a review, as the gate reads it",
    ("rights.erasure", "kanmon.provision.store.hidden_rows"): "an erasure hides rows of reports, in its transaction",
}
"""Which other SQL a room builds on, and why. Keep this list short: a room's SQL is for its own service."""


def imports_of(path: Path) -> Iterator[str]:
    """The modules that a module imports, as written; `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules() -> Mapping[str, Path]:
    return {
        ".".join(("kanmon", *path.relative_to(PACKAGE).with_suffix("").parts)): path
        for path in PACKAGE.rglob("*.py")
        if "migrations" not in path.parts
    }


def foreign_sql(known: Mapping[str, Path]) -> set[tuple[str, str]]:
    """(module, store): stores of another room that a module imports, outside of what wires a workspace."""
    stores = {name for name in known if "store" in name.split(".")}
    return {
        (importer, store)
        for importer, path in known.items()
        if importer.split(".")[1] not in WIRED_IN and "use_cases" not in importer.split(".")
        for store in stores.intersection(imports_of(path))
        if importer.split(".")[1] != store.split(".")[1]
    }


def test_a_rooms_sql_is_known_to_no_other_room_but_where_it_is_said_why() -> None:
    listed = {
        (importer, store)
        for importer, store in foreign_sql(modules())
        for room, other in PAIRS
        if importer.startswith(f"kanmon.{room}") and store == other
    }
    assert {pair for pair in foreign_sql(modules()) - listed if pair[1] not in SHARED} == set()


def test_what_is_listed_is_needed() -> None:
    found = foreign_sql(modules())
    needed = {pair for pair in PAIRS if any(i.startswith(f"kanmon.{pair[0]}") and s == pair[1] for i, s in found)}
    assert needed == set(PAIRS)
    assert {store for _, store in found} >= set(SHARED)


def test_sql_of_another_room_is_found(tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text("from kanmon.rights.recall.store import RecallStore\n")
    known = {"kanmon.gate.store.facts": tmp_path / "store.py", "kanmon.rights.recall.store": tmp_path / "none.py"}
    (tmp_path / "none.py").write_text("")
    assert foreign_sql(known) == {("kanmon.gate.store.facts", "kanmon.rights.recall.store")}
