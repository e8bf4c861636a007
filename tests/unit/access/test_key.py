"""Keys of programs: what each opens, and what no key opens together."""

import pytest

from kanmon.access.key import KeyScope, scopes
from kanmon.core.errors import UsageError


def test_a_key_opens_what_it_was_made_for() -> None:
    assert scopes(["events", "decisions"]) == {KeyScope.EVENTS, KeyScope.DECISIONS}


@pytest.mark.parametrize("names", [[], ["everything"], ["client_decisions", "decisions"], [*KeyScope]])
def test_no_key_in_a_clients_hands_asks_the_gate(names: list[str]) -> None:
    with pytest.raises(UsageError):
        scopes(names)
