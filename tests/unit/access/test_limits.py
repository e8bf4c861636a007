"""What is one client, and what the environment may set."""

import pytest

from kanmon.access.limits import DEFAULTS, Limit, allowed_by, line_of
from kanmon.errors import UsageError


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_one_line_is_one_client(address: str, line: str) -> None:
    assert line_of(address) == line


def test_the_environment_sets_limits_one_by_one() -> None:
    assert allowed_by({}) == DEFAULTS
    assert allowed_by({"KANMON_LIMIT_OIDC": "7", "KANMON_LIMIT_SIGN_IN": ""}) == {**DEFAULTS, Limit.OIDC: 7}


@pytest.mark.parametrize("written", ["0", "-1", "many", "1.5", "٣", " 7"])
def test_a_limit_that_is_no_whole_number_from_1_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match="KANMON_LIMIT_API_EVENTS"):
        allowed_by({"KANMON_LIMIT_API_EVENTS": written})
