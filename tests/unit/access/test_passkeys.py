"""For which of our addresses there are passkeys."""

import pytest

from kanmon.access.passkeys import Site


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://kanmon.example", "kanmon.example"),
        ("http://localhost:8000", "localhost"),
        ("http://127.0.0.1:8000", None),
        ("https://[::1]", None),
        ("http://", None),
    ],
)
def test_a_passkey_is_for_a_host_with_a_name(origin: str, host: str | None) -> None:
    site = Site.of(origin)
    assert (None if site is None else (site.origin, site.host)) == (None if host is None else (origin, host))
