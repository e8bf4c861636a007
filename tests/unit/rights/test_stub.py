"""Check codes: only their hash is kept, however they are typed, and a contact shows only with its code."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from kanmon.core.errors import TooManyAttempts
from kanmon.core.ids import ApplicantId, ClientId, MemberId
from kanmon.rights.answer.stub import (
    ATTEMPTS_ALLOWED,
    ATTEMPTS_COUNT_FOR,
    AnswerLine,
    Channel,
    Contact,
    FoundStub,
    NewStub,
    answer_lines,
    check_entry,
    code_sha256,
    contact_commitment,
    issue_code,
    look_up,
    note_attempt,
    part_at_erasure,
)
from kanmon.rights.answer.told import ReportedScore, SubjectView
from kanmon.rights.provided import ReportedProvision
from kanmon.scoring.score import NotScorable, Score

AT = datetime(2026, 6, 1, tzinfo=UTC)
MEMBER = MemberId("m")
MAIL = Contact(Channel.EMAIL, "m@example.com")


@dataclass
class Stubs:
    """Stubs in memory, by the contract of `StubStore`."""

    reached_by: Contact = MAIL
    kept: dict[bytes, NewStub] = field(default_factory=dict)
    opens: dict[bytes, FoundStub] = field(default_factory=dict)
    tried: list[tuple[bytes, datetime]] = field(default_factory=list)

    def contact(self, member: MemberId) -> Contact:
        return self.reached_by

    def add_stub(self, member: MemberId, stub: NewStub) -> None:
        self.kept[stub.code_sha256] = stub
        self.opens[stub.code_sha256] = FoundStub(member, ())

    def stub(self, code_sha256: bytes) -> FoundStub | None:
        return self.opens.get(code_sha256)

    def part_stubs(self, member: MemberId, answer: Sequence[AnswerLine]) -> int:
        self.opens = {code: FoundStub(None, answer) for code in self.opens}
        return len(self.opens)

    def attempts(self, address_sha256: bytes, since: datetime) -> int:
        return sum(address == address_sha256 and at > since for address, at in self.tried)

    def add_attempt(self, address_sha256: bytes, at: datetime, forget_before: datetime) -> None:
        self.tried.append((address_sha256, at))


def score(client: str, answer: Score | NotScorable) -> ReportedScore:
    return ReportedScore(
        ClientId(client), f"{client} Inc.", AT, answer, None, None, None, 1, ApplicantId("a"), AT, None
    )


def provided(client: str) -> ReportedProvision:
    return ReportedProvision(1, {"recipient": {"client_id": client, "legal_name": f"{client} Inc."}})


VIEW = SubjectView(
    MEMBER, AT, (), [score("one", Score(1)), score("none", NotScorable.NO_HISTORY)],
    [provided("one"), provided("one"), provided("late")],
)  # fmt: skip
LINES = [AnswerLine("", "late Inc.", False, 1), AnswerLine("2027", "one Inc.", True, 2)]


def test_a_code_is_read_however_it_is_typed() -> None:
    stubs = Stubs()
    code = issue_code(stubs, MEMBER, AT)
    assert len(code.replace("-", "")) == 28
    for written in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' - ')} "):
        assert look_up(stubs, written) == FoundStub(MEMBER, ())
    assert look_up(stubs, code[:-1]) is None
    assert look_up(stubs, "") is None


def test_codes_differ_and_nothing_of_them_is_kept() -> None:
    stubs = Stubs()
    codes = {issue_code(stubs, MEMBER, AT) for _ in range(100)}
    assert len(codes) == len(stubs.kept) == 100
    assert not [code for code in codes if code.replace("-", "") in str(stubs.kept)]


def test_a_contact_shows_only_with_its_code() -> None:
    stubs = Stubs()
    code = issue_code(stubs, MEMBER, AT)
    [stub] = stubs.kept.values()
    assert stub.contact_commitment == contact_commitment(code.lower(), MAIL)
    assert stub.contact_commitment != contact_commitment(code, Contact(Channel.PHONE, MAIL.address))
    assert stub.contact_commitment != contact_commitment(issue_code(stubs, MEMBER, AT), MAIL)
    unreachable = Stubs(Contact(Channel.NONE, None))
    issue_code(unreachable, MEMBER, AT)
    assert [one.contact_commitment for one in unreachable.kept.values()] == [None]


def test_after_erasure_every_code_still_answers_and_leads_to_nobody() -> None:
    stubs = Stubs()
    before = issue_code(stubs, MEMBER, AT)
    after = part_at_erasure(stubs, VIEW, {"one": "2027"}, AT)
    for code in (before, after):
        assert look_up(stubs, code) == FoundStub(None, LINES)


def test_the_answer_names_each_company_that_did_anything() -> None:
    assert answer_lines(VIEW, {"one": "2027"}) == LINES
    assert answer_lines(SubjectView(MEMBER, AT, (), [], []), {}) == []


def test_what_the_ledger_keeps_of_an_answer_names_nobody() -> None:
    payload = check_entry("abcd-efgh", LINES, AT, None).payload
    assert payload["code_sha256"] == code_sha256("ABCDEFGH").hex()
    assert (payload["scored_for"], payload["provided_to"]) == (["one Inc."], ["late Inc.", "one Inc."])
    assert "member_id" not in payload


def test_attempts_of_one_address_are_bounded() -> None:
    stubs = Stubs()
    for _ in range(ATTEMPTS_ALLOWED):
        note_attempt(stubs, "192.0.2.1", AT)
    with pytest.raises(TooManyAttempts):
        note_attempt(stubs, "192.0.2.1", AT)
    note_attempt(stubs, "192.0.2.2", AT)
    note_attempt(stubs, "192.0.2.1", AT + ATTEMPTS_COUNT_FOR + timedelta(seconds=1))
