"""Where people reach the portals, as the setting says it."""

import pytest

from kanmon.access.use_cases.doors import origin_of_pages
from kanmon.core.errors import UsageError


@pytest.mark.parametrize(
    "written", ["https://kanmon.example", "https://kanmon.example:8443", "http://localhost:8000", "http://127.0.0.1:80"]
)
def test_an_origin(written: str) -> None:
    assert origin_of_pages(written) == written


def test_no_origin() -> None:
    assert origin_of_pages("") is None


@pytest.mark.parametrize(
    "written",
    ["kanmon.example", "https://kanmon.example/", "ftp://a.example", "http://kanmon.example", "http://192.168.0.2"],
)
def test_no_origin_over_which_a_session_is_kept(written: str) -> None:
    with pytest.raises(UsageError, match="KANMON_ORIGIN"):
        origin_of_pages(written)
