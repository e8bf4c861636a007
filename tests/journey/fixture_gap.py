"""The twelve people P01 to P12 of the requirements (section 6.5) as a dataset folder, a row for each person.

Until 1 March 2019 every screen showed text A. On that day the policy became text B, but the registration screen went
on showing text A. Whoever registers or uses a function agrees to the text that its screen shows at that moment; what
each text covers is left to the coverage checker.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kanmon.consent.policy import text_sha256
from kanmon_stories.policy_texts import revised_clauses, revised_text, stale_clauses, stale_text

SINCE = "2019-03-01T00:00:00+09:00"
UNTIL = "2019-08-03T00:00:00+09:00"


@dataclass(frozen=True)
class Person:
    """Who registered when, what they did, and when which client's delivery had them in it."""

    member_id: str
    registered_on: str
    did: tuple[str, str] | None
    deliveries: Mapping[str, str]
    season: str = "2020"


PEOPLE = (
    Person("P01", "2018-07-01", None, {"C1": "2019-04-10"}),
    Person("P02", "2019-04-01", None, {"C1": "2019-05-10"}),
    Person("P03", "2018-07-01", ("pre_entry", "2019-03-05"), {"C1": "2019-04-10"}),
    Person("P04", "2018-07-01", ("pre_entry", "2019-05-20"), {"C1": "2019-04-10"}),
    Person("P05", "2018-07-01", ("pre_entry", "2019-02-28"), {"C1": "2019-04-10"}),
    Person("P06", "2018-07-01", None, {}),
    Person("P07", "2018-07-01", None, {"COOKIE": "2019-02-27"}),
    Person("P08", "2018-07-01", ("event_booking", "2019-03-01"), {"C2": "2019-03-02"}),
    Person("P09", "2018-07-01", None, {"C2": "2019-03-01"}),
    Person("P10", "2017-07-01", None, {"C2": "2019-04-01"}, season="2019"),
    Person("P11", "2018-07-01", ("web_test", "2019-06-01"), {"C1": "2019-05-01", "C2": "2019-07-01"}),
    Person("P12", "2018-07-01", ("view", "2019-04-01"), {"C1": "2019-05-01"}),
)
SCHEMES = {"C1": "B", "C2": "B", "COOKIE": "A"}
SCREENS = ("pre_entry", "event_booking", "briefing_booking", "web_test")

TEXT_A = stale_text()
TEXT_B = revised_text()


def write_fixture(folder: Path, people: Sequence[Person] = PEOPLE) -> None:
    """Write the dataset folder."""
    folder.mkdir(parents=True)
    service = yaml.safe_dump(_service(), allow_unicode=True, sort_keys=False)
    (folder / "service.yaml").write_text(service, encoding="utf-8")
    _write(
        folder / "members.csv",
        ("member_id", "season", "registered_at", "email"),
        (
            (person.member_id, person.season, _midnight(person.registered_on), _email(person.member_id))
            for person in people
        ),
    )
    _write(
        folder / "events.csv",
        ("occurred_at", "member_id", "kind"),
        ((_midnight(person.did[1]), person.member_id, person.did[0]) for person in people if person.did),
    )
    _write(
        folder / "consents.csv",
        ("occurred_at", "member_id", "screen_id", "text_sha256", "action"),
        (act for person in people for act in _acts(person)),
    )
    _write(
        folder / "applicants.csv",
        ("client_id", "applicant_id", "season", "applied_at", "as_of", "member_id"),
        (
            (client, f"{client}-{person.member_id}", "2020", _midnight(day), _midnight(day), person.member_id)
            for person in people
            for client, day in person.deliveries.items()
        ),
    )


def _email(member: str) -> str:
    """P12 left none."""
    return "" if member == "P12" else f"{member.lower()}@example.jp"


def _acts(person: Person) -> Iterator[tuple[str, ...]]:
    """Text A at registration, and the text in force on the screen of the function used."""
    yield _midnight(person.registered_on), person.member_id, "REGISTRATION", text_sha256(TEXT_A), "accept"
    if person.did and person.did[0] in SCREENS:
        function, day = person.did
        shown = TEXT_B if _midnight(day) >= SINCE else TEXT_A
        yield _midnight(day), person.member_id, function.upper(), text_sha256(shown), "accept"


def _service() -> dict[str, Any]:
    return {
        "law": "JP-APPI-2017",
        "platform": {"legal_name": "株式会社ひろば就職情報", "address": "東京都", "representative": "広場 学"},
        "seasons": [
            {"id": "2019", "opens": "2017-06-01", "main_opens": "2018-03-01", "closes": "2019-03-31"},
            {"id": "2020", "opens": "2018-06-01", "main_opens": "2019-03-01", "closes": "2020-03-31"},
            {"id": "2021", "opens": "2019-06-01", "main_opens": "2020-03-01", "closes": "2021-03-31"},
        ],
        "clients": [
            {
                "id": client,
                "legal_name": f"株式会社{client}",
                "address": "東京都",
                "representative": "代表取締役",
                "contract": {
                    "scheme": scheme,
                    "starts": "2018-06-01",
                    "ends": "2020-03-31",
                    "trains_on": "2019",
                    "scores": "2020",
                    "purpose": "follow_up_support",
                    "prohibited_uses": ["selection"],
                },
            }
            for client, scheme in SCHEMES.items()
        ],
        "policies": [
            {
                "id": "privacy",
                "versions": [
                    {"id": "A", "language": "ja", "effective_from": "2018-06-01", "text": TEXT_A,
                     "clauses": stale_clauses()},
                    {"id": "B", "language": "ja", "effective_from": SINCE, "text": TEXT_B,
                     "clauses": revised_clauses()},
                ],
            }
        ],
        "screens": [
            {"id": function.upper(), "season": "2020", "function": function, "policy": "privacy"}
            for function in SCREENS
        ] + [{"id": "REGISTRATION", "season": "2020", "function": "member_registration", "policy": "privacy"}],
    }  # fmt: skip


def _midnight(day: str) -> str:
    return f"{day}T00:00:00+09:00"


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(header)
        writer.writerows(rows)
