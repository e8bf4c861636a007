"""How long a session lasts, and how its owner ends it everywhere."""

import pytest

from tests.journey.portals import patient
from tests.journey.portals.conftest import Served

OURS = {"Sec-Fetch-Site": "same-origin"}


def session(served: Served, old: str = "") -> str:
    form = {"name": "other-hr", "password": served.passwords["other-hr"]}
    answer = patient.post(f"{served.url}/sign-in", data=form, headers={**OURS, "Cookie": old})
    return str(answer.headers["set-cookie"].split(";")[0])


def is_open(served: Served, cookie: str) -> bool:
    return patient.get(f"{served.url}/client", headers={"Cookie": cookie}).status_code == 200


@pytest.mark.parametrize(
    ("change", "stays"),
    [
        ("seen_at = seen_at - interval '119 minutes'", True),
        ("seen_at = seen_at - interval '121 minutes'", False),
        ("ends_at = ends_at - interval '479 minutes'", True),
        ("ends_at = ends_at - interval '481 minutes'", False),
    ],
)
def test_a_session_ends_when_it_is_old_or_was_not_used(served: Served, change: str, stays: bool) -> None:
    cookie = session(served)
    served.road.change(f"UPDATE sign_in_session SET {change}")
    assert is_open(served, cookie) is stays


def test_a_session_that_is_used_stays_open(served: Served) -> None:
    cookie = session(served)
    for _ in range(3):
        served.road.change("UPDATE sign_in_session SET seen_at = seen_at - interval '90 minutes'")
        assert is_open(served, cookie)


def test_a_sign_in_ends_the_session_that_the_browser_had(served: Served) -> None:
    first = session(served)
    second = session(served, first)
    assert first != second
    assert (is_open(served, first), is_open(served, second)) == (False, True)


@pytest.mark.parametrize(("which", "stays"), [("end-others", True), ("end-all", False)])
def test_sessions_end_everywhere(served: Served, which: str, stays: bool) -> None:
    here, there = session(served), session(served)
    shown = patient.get(f"{served.url}/account", headers={"Cookie": here}).text
    assert shown.count("（この画面）") == 1
    patient.post(f"{served.url}/account/sessions/{which}", headers={"Cookie": here, **OURS})
    assert (is_open(served, here), is_open(served, there)) == (stays, False)


def test_nobody_sees_an_account_page_unsigned(served: Served) -> None:
    assert patient.get(f"{served.url}/account").status_code == 401
    for path in ("password", "sessions/end-others", "sessions/end-all", "oidc", "oidc/remove", "passkeys/remove"):
        form = {"old": "x", "new": "y", "identity": "1", "passkey": "AAAA"}
        assert patient.post(f"{served.url}/account/{path}", data=form, headers=OURS).status_code == 401
