"""`kanmon audit drift` stops a client whose model gives an alarm, once, until the privacy owner signs by a resume."""

from collections.abc import Callable

from tests.journey.command import Road
from tests.journey.conftest import Ran

SHIFTED = """
    INSERT INTO score (run_id, client_id, applicant_no, model_id, value, computed_at, consent_no)
    SELECT 'shifted', client_id, applicant_no, model_id, 9000 + mod(applicant_no, 1000), now(), consent_no
    FROM score WHERE client_id = 'AOBA' AND value IS NOT NULL
"""
LAST = "SELECT action FROM stop_act WHERE client_id = 'AOBA' ORDER BY act_no DESC LIMIT 1"
SIGNED = ("--client", "AOBA", "--person", "owner", "--because", "looked at it")


def test_an_alarm_holds_providing_until_somebody_signs(ran: Ran, workspace: Callable[[Road | None], Road]) -> None:
    road = workspace(ran.road)
    before = road("audit", "drift", "--json")
    assert {one["client_id"]: one["shift"] for one in before.json["clients"]}["AOBA"] == "steady"
    road.change(SHIFTED)
    found = road("audit", "drift", "--client", "AOBA", "--json")
    assert (found.status, found.json["clients"][0]["shift"]) == (4, "alarm")
    refused = road("provide", "--client", "AOBA")
    assert (refused.status, "DENY_CLIENT_SUSPENDED" in refused.err + refused.out) == (4, True)
    assert road("resume", *SIGNED).status == 0
    again = road("audit", "drift", "--client", "AOBA", "--json")
    assert again.status == 4  # it is still told
    assert road.rows(LAST) == [("resume",)]
    assert road("provide", "--client", "AOBA").status == 0
