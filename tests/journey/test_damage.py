"""A workspace whose lake was damaged: it is told, nothing is scored, and the folder that was loaded brings it back."""

from collections.abc import Callable
from pathlib import Path

from kanmon.lake.files.manifest import LakeFolder
from tests.journey.command import Road


def test_damage_is_told_and_the_same_folder_brings_everything_back(
    workspace: Callable[[Road | None], Road], loaded: Road, season: Path
) -> None:
    road = workspace(loaded)
    tables = LakeFolder(road.root / "lake").manifest()
    flipped, lost = (road.root / "lake" / tables[table][0].name for table in ("event", "identity"))
    content = bytearray(flipped.read_bytes())
    content[len(content) // 2] ^= 1
    flipped.write_bytes(content)
    lost.unlink()
    examined = road("doctor", "--json")
    assert examined.status == 1
    damaged = {one["about"] for one in examined.json["checks"] if one["state"] == "damaged"}
    assert damaged == {flipped.name, lost.name}
    refused = road("run")
    assert refused.status == 1
    assert "[LAKE_DAMAGED]" in refused.err
    assert "Traceback" not in refused.err
    assert road.rows("SELECT count(*) FROM score") == [(0,)]
    again = road("load", season, "--json")
    assert again.status == 0, again.err
    assert road("doctor").status == 0
    after = LakeFolder(road.root / "lake").manifest()
    for table in ("event", "identity"):
        assert sum(file.rows for file in after[table]) == sum(file.rows for file in tables[table])
    assert road("run").status == 0
