"""Every way to see a score is noted before it is shown, and the person whose score it is can see who looked."""

import re

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Page

from kanmon.access.web import reads
from kanmon.provision.web import client
from kanmon.provision.web import use as client_use
from kanmon.rights.answer.web import person as student
from kanmon.rights.requests.web import person as my_requests
from tests.journey.portals import patient
from tests.journey.portals.conftest import Served, sign_in
from tests.journey.portals.patient import follow

OURS = {"Sec-Fetch-Site": "same-origin"}
ROUTES = {
    "asked": [student.router, my_requests.router, reads.router],
    "hr": [client.router, client_use.router],
}
SHOWN_ON_A_PRESS = {"/me/answer", "/me/disclosure"}
"""Forms that show something; the others take something."""
LEFT_OUT = {
    "/client/runs/{job}": "tells where a run stands",
    "/client/applicants/refused": "the client's own rows",
}
PACKED, PROOF = (".xlsx", ".pdf"), re.compile("^/me/(receipts/|answer$|disclosure$)")
"""What may hold scores that a look at the answer's text doesn't find."""
SCORES = """
    SELECT s.score_no FROM score s JOIN applicant a USING (client_id, applicant_no) JOIN member m USING (member_no)
    WHERE m.member_id = :member AND s.value IS NOT NULL ORDER BY 1
"""
NOTED = """
    SELECT r.purpose, r.subject FROM score_read r JOIN account a USING (account_no)
    WHERE a.name = :name ORDER BY r.read_no
"""


def cookie(served: Served, name: str) -> dict[str, str]:
    form = {"name": name, "password": served.passwords[name]}
    answer = patient.post(f"{served.url}/sign-in", data=form, headers=OURS)
    return {"Cookie": answer.headers["set-cookie"].split(";")[0], **OURS}


EXAMPLES = {"0.0000", "0.8300"}
"""The scores by which pages explain what a score is."""


def scores_of(served: Served, name: str) -> set[str]:
    """Every score that an account may see, as it is written, but those that any page may name."""
    if name == "hr":
        [folder] = served.road.reports("AOBA")
        return {*re.findall(r"\b[01]\.\d{4}\b", (folder / "report.csv").read_text(encoding="utf-8-sig"))} - EXAMPLES
    told = served.road("subject", "show", served.members[name], "--json").json
    return {one["score"] for one in told["scores"] if one["score"] is not None} - EXAMPLES


@pytest.mark.parametrize("name", ROUTES)
def test_whatever_shows_a_score_notes_the_read_with_its_purpose(served: Served, name: str) -> None:
    scores, headers = scores_of(served, name), cookie(served, name)
    assert scores
    expected = ("own_data", served.members["asked"]) if name == "asked" else ("report", report(served))
    if name == "hr":
        opened_report(served)
    showing = set()
    for method, path in paths(served, name):
        before = served.road.rows(NOTED, name=name)
        answer = patient.request(method, f"{served.url}{path}", headers=headers)
        assert answer.status_code == 200, path
        if path.endswith(PACKED) or PROOF.search(path) or any(score in answer.text for score in scores):
            showing.add(path)
            assert served.road.rows(NOTED, name=name)[len(before) :] == [expected], path
    plain = {"/me", "/me/data.json"} if name == "asked" else {f"/client/reports/{report(served)}/report.csv"}
    assert plain < showing


def paths(served: Served, name: str) -> list[tuple[str, str]]:
    """Every route of a portal that shows something, with all that is there of it for this account."""
    told = served.road("subject", "show", served.members["asked"], "--json").json
    known = {
        "client": sorted({one["client_id"] for one in told["scores"]}),
        "evidence": [str(one["evidence_id"]) for one in told["consents"]],
        "seq": [str(one["ledger_seq"]) for one in told["provisions"]],
        "provision": [report(served)],
        "score_no": [str(number) for (number,) in served.road.rows(SCORES, member=served.members["asked"])],
        "name": ["report.csv", "report.xlsx", "report.pdf"],
    }
    found = []
    for route in (route for router in ROUTES[name] for route in router.routes):
        assert isinstance(route, APIRoute)
        if route.path in LEFT_OUT or ("POST" in (route.methods or ()) and route.path not in SHOWN_ON_A_PRESS):
            continue
        places = re.findall(r"{(\w+)}", route.path)
        filled = [route.path]
        for place in places:
            filled = [one.replace(f"{{{place}}}", value) for one in filled for value in known[place]]
        assert filled, route.path
        found += [(method, one) for one in filled for method in route.methods or ()]
    return found


def opened_report(served: Served) -> None:
    """The client acknowledges its delivery, which opens it, and reads it."""
    own, headers = f"{served.url}/client/reports/{report(served)}", cookie(served, "hr")
    confirmed = {"confirmed": ["provider", "acquisition", "items"]}
    assert patient.post(f"{own}/receipt", data=confirmed, headers=headers).status_code == 303
    assert patient.get(own, headers=headers).status_code == 200


def report(served: Served) -> str:
    [(own,)] = served.road.rows("SELECT provision_id FROM provision WHERE client_id = 'AOBA'")
    return str(own)


def test_a_receipt_that_is_not_there_shows_nothing(served: Served) -> None:
    answer = patient.get(f"{served.url}/me/receipts/999999999", headers=cookie(served, "asked"))
    assert answer.status_code == 404


def test_a_person_sees_who_read_when_and_for_what(page: Page, served: Served) -> None:
    opened_report(served)
    sign_in(page, served, "asked")
    follow(page, "text=あなたのスコアを見た人")
    said = page.inner_text("table")
    [(legal_name,)] = served.road.rows("SELECT legal_name FROM client WHERE client_id = 'AOBA'")
    assert f"{legal_name} の担当者" in said
    assert "契約に定めた応募者のフォローのため" in said
    assert "あなた" in said


def test_nobody_is_told_of_reads_of_others(served: Served) -> None:
    opened_report(served)
    own = patient.get(f"{served.url}/me/reads", headers=cookie(served, "untouched")).text
    assert "の担当者" not in own
