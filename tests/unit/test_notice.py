"""`NOTICE` names what is installed under LGPL or MPL, and nothing that is installed forbids our licence."""

import pytest

from tests.notice import ASKING, FORBIDDEN, ROOT, licence_of, notice, packages


def test_the_notice_is_that_of_what_is_installed() -> None:
    written = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert written == notice(), "run `make reference`"
    assert {"psycopg", "psycopg-binary", "psycopg-pool", "certifi"} <= {
        line.removeprefix("- ").split()[0] for line in written.splitlines() if line.startswith("- ")
    }


def test_every_package_says_its_licence_and_none_is_of_a_kind_that_ours_cannot_live_with() -> None:
    licences = {package: licence_of(package) for package, _ in packages()}
    assert [package for package, licence in licences.items() if not licence] == []
    assert [package for package, licence in licences.items() if FORBIDDEN.search(licence)] == []
    assert len(licences) > 80


@pytest.mark.parametrize(
    ("licence", "asks", "is_forbidden"),
    [("LGPL-3.0-only", True, False), ("Mozilla Public License 2.0 (MPL 2.0)", True, False), ("MIT", False, False),
     ("GNU Lesser General Public License v3 (LGPLv3)", True, False),
     ("GPL-3.0-or-later", False, True), ("AGPL-3.0", False, True), ("GNU Affero General Public License", False, True)],
)  # fmt: skip
def test_licences_are_told_apart(licence: str, asks: bool, is_forbidden: bool) -> None:
    assert (ASKING.search(licence) is not None, FORBIDDEN.search(licence) is not None) == (asks, is_forbidden)
