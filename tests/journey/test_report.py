"""What a client received, from the command line: the newest report, one of an earlier number, and none."""

from tests.journey.conftest import Ran


def test_a_report_is_shown_as_its_client_may_read_it(ran: Ran) -> None:
    client = next(told["client_id"] for told in ran.run.json["clients"] if told.get("provided"))
    listed = ran.road("report", "list", "--client", client, "--json").json
    [delivery] = listed["reports"]
    assert (listed["client_id"], delivery["acknowledged_at"]) == (client, None)
    newest = ran.road("report", "show", "--client", client, "--json").json
    assert newest["provision_id"] == delivery["provision_id"]
    told = next(told for told in ran.run.json["clients"] if told["client_id"] == client)
    assert sum(row["score"] is not None for row in newest["rows"]) == told["provided"]
    assert ran.road("report", "show", delivery["provision_id"], "--client", client, "--json").json == newest
    written = ran.road("report", "show", "--client", client).out
    assert delivery["provision_id"] in written
    assert all(name in written for name in newest["files"])


def test_what_was_never_provided_is_refused_by_its_code(ran: Ran) -> None:
    client = next(told["client_id"] for told in ran.run.json["clients"] if not told.get("report"))
    none = ran.road("report", "show", "--client", client, "--json")
    assert (none.status, none.json["error"]["code"]) == (2, "NOT_FOUND")
    assert ran.road("report", "list", "--client", client, "--json").json["reports"] == []
    unknown = ran.road("report", "list", "--client", "NOBODY", "--json")
    assert unknown.json["error"]["code"] == "UNKNOWN_CLIENT"
