"""IDs in `service.yaml` go by the rule for IDs: whoever names a client or screen in a table means the same one."""

from pathlib import Path
from typing import Any

import pytest

from kanmon.intake.files.terms.service_file import ServiceFileInvalid
from tests.unit.intake.test_service_file import read, right, version


def test_ids_are_read_in_their_canonical_form(tmp_path: Path) -> None:
    said = right()
    said["clients"][0]["id"] = "Ｘ\u200b"
    said["seasons"][1]["id"] = "２０２６"
    said["screens"][0] |= {"id": "\ufeffform", "policy": "privacy\u200b"}
    version(said)["id"] = "1．0"
    service = read(tmp_path, said)
    assert list(service.terms.clients) == ["X"]
    assert list(service.terms.seasons) == ["2025", "2026"]
    assert (service.screens[0].screen_id, service.screens[0].policy_id) == ("form", "privacy")
    assert service.policies[0].version_id == "1.0"


def test_two_ways_to_write_one_id_are_one_id(tmp_path: Path) -> None:
    said = right()
    said["clients"].append(said["clients"][0] | {"id": "Ｘ"})
    with pytest.raises(ServiceFileInvalid, match="“Ｘ” comes twice"):
        read(tmp_path, said)


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        ("clients", "2.02701E+11", "digits may be lost"),
        ("clients", "#REF!", "an error or a formula of a spreadsheet"),
        ("seasons", "2025\ufffd", "in place of a letter that was lost"),
        ("screens", "\ue000", "private-use"),
        ("policies", "a\tb", "control character"),
    ],
)
def test_what_can_be_no_id_is_told_with_its_place(tmp_path: Path, part: str, value: str, reason: str) -> None:
    said: dict[str, Any] = right()
    said[part][0]["id"] = value
    with pytest.raises(ServiceFileInvalid, match=rf"{part}\[0\].id: .*{reason}"):
        read(tmp_path, said)


def test_a_name_that_was_lost_is_told(tmp_path: Path) -> None:
    said = right()
    said["clients"][0]["legal_name"] = "\ue000外字社"
    with pytest.raises(ServiceFileInvalid, match="legal_name: holds a private-use character"):
        read(tmp_path, said)
