"""Keys that a workspace has had and lost, as commands tell it."""

from collections.abc import Callable

from tests.journey.command import Road


def test_a_lost_ledger_key_is_told_and_never_made_anew(workspace: Callable[[Road | None], Road]) -> None:
    road = workspace(None)
    assert road("audit", "ledger").status == 0
    key = road.root / "ledger.key"
    kept = key.read_text()
    key.unlink()
    refused = road("run", "--json")
    assert (refused.status, refused.out) == (4, "")
    assert "KANMON_LEDGER_KEY" in refused.err
    assert refused.err.count("[LEDGER_KEY_MISSING]") == 1
    looked = road("audit", "ledger", "--json")
    assert (looked.status, looked.json["findings"]) == (0, [])
    assert "[LEDGER_KEY_MISSING]" in looked.err
    assert not key.exists()
    key.write_text(kept)
    assert "LEDGER_KEY" not in road("audit", "ledger").err
