"""The gate over HTTP: what `kanmon gate` answers, for those who hold the key, as of now."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.journey.portals.conftest import Served

MOST = 200
PROVIDED = (
    "SELECT applicant_id FROM applicant JOIN member USING (member_no) WHERE client_id = 'AOBA' AND member_id = :m"
)
WAITING = "SELECT count(*) FROM gate_question WHERE ledger_seq IS NULL"


@dataclass
class Asker:
    """A program with a key, at a running service."""

    served: Served
    key: str

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        connection = HTTPConnection(urlsplit(self.served.url).netloc, timeout=60)
        try:
            sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"} | headers
            written = body if isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, f"/api/v1{path}", written if method == "POST" else None, sent)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def decide(self, client: str, names: Sequence[str], use: str = "provide") -> dict[str, Any]:
        status, answer = self.ask("POST", "/decisions", {"client_id": client, "applicant_ids": names, "use": use})
        assert status == 200, answer
        assert isinstance(answer, dict)
        return answer


@pytest.fixture(scope="module")
def asker(served: Served) -> Asker:
    return Asker(served, served.road("key", "add", "asker", "--may", "decisions", "--json").json["key"])


@pytest.mark.parametrize("use", ["train", "score", "provide"])
def test_the_answers_are_those_of_a_run(asker: Asker, use: str) -> None:
    rows = asker.served.road("gate", "--use", use, "--json").json["rows"]
    assert {row["decision"] for row in rows} == {"allow", "deny"}
    for client, group in groupby(rows, key=itemgetter("client_id")):
        of_client = list(group)
        for start in range(0, len(of_client), MOST):
            expected = of_client[start : start + MOST]
            answer = asker.decide(client, [row["applicant_id"] for row in expected], use)
            assert answer["rows"] == expected
            assert answer["unknown"] == []


def test_applicants_of_others_are_unknown(asker: Asker) -> None:
    [(theirs,)] = asker.served.road.rows(
        "SELECT min(applicant_id) FROM applicant a WHERE client_id = 'MINATO' AND NOT EXISTS "
        "(SELECT FROM applicant WHERE client_id = 'AOBA' AND applicant_id = a.applicant_id)"
    )
    answer = asker.decide("AOBA", [theirs, "nobody"])
    assert answer["rows"] == []
    assert answer["unknown"] == [{"applicant_id": name, "code": "APPLICANT_UNKNOWN"} for name in (theirs, "nobody")]


def test_a_withdrawal_from_the_command_line_shows_in_the_next_answer(asker: Asker) -> None:
    road = asker.served.road
    [(name,)] = road.rows(PROVIDED, m=asker.served.members["asked"])
    assert [row["decision"] for row in asker.decide("AOBA", [name])["rows"]] == ["allow"]
    assert road("subject", "withdraw", asker.served.members["asked"], "--client", "AOBA").status == 0
    [row] = asker.decide("AOBA", [name])["rows"]
    assert (row["decision"], row["reasons"]) == ("deny", ["DENY_CONSENT_WITHDRAWN"])


def test_answers_enter_the_ledger_with_the_next_run_and_the_ledger_holds(asker: Asker) -> None:
    road = asker.served.road
    asker.decide("AOBA", ["nobody"])
    assert road.rows(WAITING)[0][0] > 0
    assert road("collect").status == 0
    assert road.rows(WAITING) == [(0,)]
    assert road("audit", "ledger").status == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "NOT_JSON"),
        ([], 400, "NOT_JSON"),
        ({"client_id": "AOBA"}, 400, "NOT_JSON"),
        ({"client_id": "AOBA", "applicant_ids": []}, 400, "NOT_JSON"),
        ({"client_id": 1, "applicant_ids": ["a"]}, 400, "NOT_JSON"),
        ({"client_id": "AOBA", "applicant_ids": ["a\x00"]}, 400, "NOT_JSON"),
        (b'{"client_id": "AOBA", "applicant_ids": ["\\ud800"]}', 400, "NOT_JSON"),
        ({"client_id": "AOBA", "applicant_ids": ["a"], "use": "sell"}, 400, "NOT_JSON"),
        ({"client_id": "AOBA", "applicant_ids": ["a"], "use": []}, 400, "NOT_JSON"),
        ({"client_id": "AOBA", "applicant_ids": ["a"], "because": "why not"}, 400, "NOT_JSON"),
        ({"client_id": "AOBA", "applicant_ids": [str(number) for number in range(MOST + 1)]}, 413, "TOO_LARGE"),
        ({"client_id": "nobody", "applicant_ids": ["a"]}, 404, "UNKNOWN_CLIENT"),
    ],
)
def test_a_question_that_is_not_answered_says_why(asker: Asker, body: object, status: int, code: str) -> None:
    found, said = asker.ask("POST", "/decisions", body)
    assert (found, said["code"], set(said)) == (status, code, {"code", "message"})


def test_a_key_opens_only_what_it_is_for(asker: Asker) -> None:
    question = {"client_id": "AOBA", "applicant_ids": ["a"]}
    for key, status in (("guessed", 401), (asker.served.road("key", "add", "events", "--json").json["key"], 403)):
        assert asker.ask("POST", "/decisions", question, Authorization=f"Bearer {key}")[0] == status
    assert asker.ask("POST", "/events", {"events": []})[0] == 403
    assert asker.ask("GET", "/state")[1]["code"] == "KEY_MAY_NOT"
    assert asker.served.road("key", "add", "too much", "--may", "everything").status == 2


def test_a_service_that_lives_says_so_without_a_key(asker: Asker) -> None:
    assert asker.ask("GET", "/ping", Authorization="") == (200, {"database": "answers"})
