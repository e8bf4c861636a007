"""What the environment says of the OpenID provider."""

from pathlib import Path

import pytest

from kanmon.access.files.oidc_provider import OidcSettings, settings_from
from kanmon.core.errors import UsageError

SET = {"KANMON_OIDC_ISSUER": "https://id.example/realm", "KANMON_OIDC_CLIENT_ID": "kanmon"}


def test_without_an_issuer_there_is_none() -> None:
    assert settings_from({"KANMON_OIDC_CLIENT_ID": "kanmon"}) is None


def test_a_secret_stands_in_the_environment_in_a_file_or_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    for extra, expected in (
        ({}, None),
        ({"KANMON_OIDC_CLIENT_SECRET": "s3cret"}, "s3cret"),
        ({"KANMON_OIDC_CLIENT_SECRET_FILE": str(secret)}, "s3cret"),
    ):
        found = settings_from({**SET, **extra})
        assert found == OidcSettings("https://id.example/realm", "kanmon", expected, "OpenID Connect")


@pytest.mark.parametrize(
    "change",
    [
        {"KANMON_OIDC_CLIENT_ID": ""},
        {"KANMON_OIDC_ISSUER": "http://id.example"},
        {"KANMON_OIDC_ISSUER": "id.example"},
        {"KANMON_OIDC_ISSUER": "https://[id"},
        {"KANMON_OIDC_CLIENT_SECRET_FILE": "/no/such/file"},
    ],
    ids=str,
)
def test_what_does_not_fit_together_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        settings_from({**SET, **change})
