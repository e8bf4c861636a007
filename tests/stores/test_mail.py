"""Notices of an incident: written once to everybody, handed over to a real mail server at most once each."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DBAPIError

from kanmon.clients.contract import Platform, ServiceTerms
from kanmon.core.clock import ReplayClock, SystemClock
from kanmon.core.errors import AffectedSetMissing, LetterNotInDoubt, MailUnavailable, NoticeIncomplete, UsageError
from kanmon.core.ids import ClientId, IncidentId, MemberId, MemberNo, SeasonId
from kanmon.db.unit_of_work import Database
from kanmon.incidents.model import AffectedPerson, Criteria, IncidentClass, IncidentScope
from kanmon.incidents.notices.mail import (
    DEFERRED_FOR,
    DOUBTED_AFTER,
    Deferral,
    DeliveryResult,
    Letter,
    LetterOutcome,
    hand_over,
)
from kanmon.incidents.notices.service import TOLD_ITEMS, WrittenNotices, write_notices
from kanmon.incidents.notices.settling import Choice, settle_letters
from kanmon.incidents.notices.smtp import MailSettings, SmtpPost, settings_from
from kanmon.incidents.notices.store import MailRecords, PostgresMailStore
from kanmon.incidents.service import IncidentLog
from kanmon.incidents.store import PostgresIncidentStore
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from tests.smtp import SENDER, Mailboxes, mail_server
from tests.tables import tables

CLOCK = SystemClock()
KEY = SigningKey.generate("kanmon/test")
Around = Callable[[SmtpPost, Letter], DeliveryResult | Deferral]
AT = datetime(2026, 6, 1, tzinfo=UTC)
NUMBER = IncidentId("I-2026-001")
PLATFORM = Platform("株式会社みほん", "東京都千代田区1-1", "見本太郎")
COMPANIES = {"one": "株式会社青葉", "two": "港商事"}
ADDRESSES = {
    "p1": "p1@example.jp", "p2": "p2@example.jp", "p3": None, "p4": "refused@example.jp", "p5": "later@example.jp",
    "p6": "broken@example.jp", "p7": "p7@example.jp",
}  # fmt: skip
GIVEN_TO = {"p1": ("one", "two"), "p2": ("two",)}


@pytest.fixture
def known(database: Database) -> Database:
    """Eight members, and an incident that affects all but one, which nobody knows yet; each for company one mostly."""
    with database.write() as session:
        run = session.connection.execute
        run(insert(tables.season).values(season_id="2027", opens_at=AT, closes_at=AT))
        for number, (name, address) in enumerate([*ADDRESSES.items(), ("other", "other@example.jp")], 1):
            row = {"member_no": number, "member_id": name, "season_id": "2027", "registered_at": AT, "email": address}
            run(insert(tables.member).values(row))
        for client, name in COMPANIES.items():
            session.act_for(ClientId(client))
            company = {"legal_name": name, "address": "a", "representative": "r", "contract": {}, "loaded_at": AT}
            run(insert(tables.client).values(client_id=client, **company))
    with log(database) as incidents:
        opened = incidents.open(IncidentClass.UNCOVERED, "旧文面", IncidentScope(AT), "o", AT, Criteria())
    assert opened.incident_id == NUMBER
    return database


@pytest.fixture
def server() -> Iterator[Mailboxes]:
    with mail_server() as mailboxes:
        yield mailboxes


@contextmanager
def log(database: Database) -> Iterator[IncidentLog]:
    terms = ServiceTerms("JP-APPI-2022", PLATFORM, None, {}, {})
    with database.write() as session:
        yield IncidentLog(PostgresIncidentStore(session), Ledger(PostgresLedgerStore(session), KEY), CLOCK, terms)


def put_in_words(database: Database) -> None:
    for item in TOLD_ITEMS:
        with log(database) as incidents:
            incidents.learn(NUMBER, item, f"{item}のことば", "o")


def compute(database: Database) -> None:
    found = [
        AffectedPerson(MemberNo(number), MemberId(name), ClientId(client), SeasonId("2027"), "R1", AT, 1)
        for number, name in enumerate(ADDRESSES, 1)
        for client in GIVEN_TO.get(name, ("one",))
    ]
    with log(database) as incidents:
        incidents.keep_set(NUMBER, found, {}, "o")


def write(database: Database) -> WrittenNotices:
    with database.write() as session:
        incident = PostgresIncidentStore(session).incident(NUMBER)
        assert incident is not None
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        return write_notices(PostgresMailStore(session), ledger, incident, PLATFORM, CLOCK, "https://kanmon.example.jp")


@pytest.fixture
def written(known: Database) -> Database:
    put_in_words(known)
    compute(known)
    assert write(known) == WrittenNotices(7, 1, 0)
    return known


class Hands:
    """Hands letters over to a server, at a moment of its own."""

    def __init__(self, database: Database, server: Mailboxes) -> None:
        self._database = database
        self._server = server
        self.now = SystemClock().now()

    @contextmanager
    def begin(self) -> Iterator[PostgresMailStore]:
        with self._database.write() as session:
            yield PostgresMailStore(session)

    def work(
        self, around: Callable[[SmtpPost, Letter], DeliveryResult | Deferral] = SmtpPost.hand_over
    ) -> list[DeliveryResult | Deferral]:
        settings = settings_from(self._server.environ())
        assert settings is not None
        with SmtpPost.open(settings, SystemClock()) as post:

            class Post:
                def hand_over(self, letter: Letter) -> DeliveryResult | Deferral:
                    return around(post, letter)

            return list(hand_over(self.begin, Post(), lambda: self.now))

    def counts(self) -> dict[str, int]:
        with self._database.read() as session:
            return dict(MailRecords(session).counts(NUMBER))


def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.read() as session:
        return [tuple(row) for row in session.connection.execute(text(query))]


def test_nobody_is_told_before_it_is_known_whom_it_affects_and_in_which_words(known: Database) -> None:
    with pytest.raises(NoticeIncomplete, match="outline, items, cause, secondary_damage"):
        write(known)
    put_in_words(known)
    with pytest.raises(AffectedSetMissing):
        write(known)
    compute(known)
    assert write(known).written == 7


def test_each_is_written_to_once_with_their_own_companies_and_an_entry_of_the_ledger(written: Database) -> None:
    assert write(written) == WrittenNotices(0, 0, 0)
    told = rows(written, "SELECT member_id, body, address, ledger_seq FROM mail JOIN member USING (member_no)")
    assert {name for name, *_ in told} == ADDRESSES.keys()
    for name, body, address, _ in told:
        given = GIVEN_TO.get(str(name), ("one",))
        assert {company for company in COMPANIES.values() if company in str(body)} == {COMPANIES[one] for one in given}
        assert address == ADDRESSES[str(name)]
        assert "causeのことば" in str(body)
        assert "なぜ起きたか" in str(body)
        assert "Why it happened" in str(body)
        assert "https://kanmon.example.jp/check" in str(body)
    entries = "SELECT payload FROM ledger_secret JOIN ledger_entry USING (seq) WHERE type = 'notice'"
    payloads = [json.loads(str(payload)) for (payload,) in rows(written, entries)]
    assert {one["member_id"]: one["channel"] for one in payloads} == {
        name: "email" if address else "none" for name, address in ADDRESSES.items()
    }


def test_each_is_handed_over_once_or_it_is_known_why_not(written: Database, server: Mailboxes) -> None:
    hands = Hands(written, server)
    assert hands.counts() == {"unreachable": 1, "waiting": 6}
    with pytest.raises(MailUnavailable):  # the line that broke in the middle of p6's letter
        hands.work()
    assert hands.counts() == {"handed_over": 2, "in_doubt": 1, "refused": 1, "unreachable": 1, "waiting": 2}
    hands.work()
    assert hands.counts() == {"handed_over": 3, "in_doubt": 1, "refused": 1, "unreachable": 1, "waiting": 1}
    hands.now += DEFERRED_FOR
    assert hands.work() == [DeliveryResult(LetterOutcome.HANDED_OVER, None)]
    hands.now += DOUBTED_AFTER
    assert hands.work() == []
    assert server.by_address() == dict.fromkeys(
        (f"{one}@example.jp" for one in ("p1", "p2", "p7", "later", "broken")), 1
    )
    first = server.taken[0]
    assert (first["Subject"], first["From"]) == ("あなたの個人データについて: 旧文面", SENDER)
    assert "港商事" in first.get_content()
    assert len({message["Message-ID"] for message in server.taken}) == len(server.taken)
    said = "SELECT said FROM mail WHERE outcome = 'refused'"
    assert rows(written, said) == [("550 no such mailbox",)]


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_letter_before_or_after_the_server_took_it_nobody_gets_two(
    written: Database, server: Mailboxes, seed: int
) -> None:
    """What happens to a process that is killed happens to the transaction: nothing more of it is kept."""
    drawn, hands = random.Random(seed), Hands(written, server)

    class Killed(BaseException):
        pass

    def dying(post: SmtpPost, letter: Letter) -> DeliveryResult | Deferral:
        fate = drawn.choice(("lives", "dies before", "dies after"))
        if fate == "dies before":
            raise Killed
        answer = post.hand_over(letter)
        if fate == "dies after":
            raise Killed
        return answer

    for _ in range(30):
        with suppress(Killed, MailUnavailable):
            hands.work(dying)
        hands.now += DEFERRED_FOR
    assert max(server.by_address().values()) == 1
    counts = hands.counts()
    assert sum(counts.values()) == 7
    assert not counts.keys() & {"waiting", "begun"}
    taken = server.by_address()
    for address, outcome in rows(written, "SELECT address, outcome FROM mail WHERE address IS NOT NULL"):
        if outcome == LetterOutcome.HANDED_OVER:
            assert taken[str(address)] == 1


HARD = {
    "p1": "taro..yamada@docomo.ne.jp", "p2": "hanako.@ezweb.ne.jp", "p3": "taro@日本語.jp", "p4": "太郎@example.jp",
    "p5": "山田 <yamada@example.jp>", "p6": "a@b.example;c@d.example", "p7": "x@example.jp\nBcc: y@example.jp",
}  # fmt: skip
QUOTED = ('"taro..yamada"@docomo.ne.jp', '"hanako."@ezweb.ne.jp', "taro@xn--wgv71a119e.jp", "yamada@example.jp")


@pytest.mark.parametrize("takes_utf8", [False, True])
def test_an_address_that_is_hard_to_write_or_none_at_all_stops_no_other_letter(
    known: Database, takes_utf8: bool
) -> None:
    with known.write() as session:
        for name, address in HARD.items():
            values = {"email": address}
            session.connection.execute(update(tables.member).where(tables.member.c.member_id == name).values(values))
    put_in_words(known)
    compute(known)
    write(known)
    with mail_server(takes_utf8) as server:
        hands = Hands(known, server)
        hands.work()
        sent = [*QUOTED, "太郎@example.jp"] if takes_utf8 else list(QUOTED)
        assert sorted(server.recipients) == sorted(sent)
        assert len(server.taken) == len(sent)
    refused = {} if takes_utf8 else {"refused": 1}
    assert hands.counts() == {"handed_over": len(sent), "invalid_address": 2, **refused}


def test_a_title_of_several_lines_is_one_subject(server: Mailboxes) -> None:
    letter = Letter(1, "p1@example.jp", "件名\nBcc: y@example.jp", "本文")
    settings = settings_from(server.environ())
    assert settings is not None
    with SmtpPost.open(settings, CLOCK) as post:
        assert post.hand_over(letter) == DeliveryResult(LetterOutcome.HANDED_OVER, None)
    assert server.taken[0]["Subject"] == "件名 Bcc: y@example.jp"
    assert server.taken[0]["Bcc"] is None


def test_two_that_hand_over_at_once_never_take_the_same_letter(written: Database, server: Mailboxes) -> None:
    hands = Hands(written, server)
    with hands.begin() as one, hands.begin() as other:
        first, second = one.begin(hands.now), other.begin(hands.now)
    assert first is not None
    assert second is not None
    assert first.mail_no != second.mail_no


@pytest.mark.parametrize(
    "change",
    [
        "body = 'other'",
        "address = 'other@example.jp'",
        "begun_at = NULL, ended_at = NULL, outcome = NULL",
        "read_at = NULL",
    ],
)
def test_what_was_written_and_what_became_of_it_cannot_be_changed(written: Database, change: str) -> None:
    with written.write() as session:
        PostgresMailStore(session).read(MemberId("p3"), AT)
    with pytest.raises(DBAPIError), written.write() as session:
        session.connection.execute(text(f"UPDATE mail SET {change} WHERE outcome = 'unreachable'"))


def test_a_mail_server_that_is_not_there_leaves_everything_waiting(written: Database) -> None:
    nobody = Mailboxes()
    nobody.port = 1
    hands = Hands(written, nobody)
    with pytest.raises(MailUnavailable, match="can't be had"):
        hands.work()
    assert hands.counts() == {"unreachable": 1, "waiting": 6}


@pytest.mark.parametrize(
    "environ",
    [
        {"KANMON_SMTP_URL": "smtp://u:secret@host", "KANMON_MAIL_FROM": SENDER},
        {"KANMON_SMTP_URL": "smtp://host"},
        {"KANMON_SMTP_URL": "http://host", "KANMON_MAIL_FROM": SENDER},
        {"KANMON_SMTP_URL": "smtp://u@host", "KANMON_MAIL_FROM": SENDER, "KANMON_SMTP_PASSWORD_FILE": "/nowhere"},
    ],
)
def test_settings_that_make_no_sense_are_told(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        settings_from(environ)


def test_settings(tmp_path: Path) -> None:
    assert settings_from({}) is None
    (tmp_path / "password").write_text("secret\n")
    environ = {"KANMON_MAIL_FROM": SENDER, "KANMON_SMTP_PASSWORD_FILE": str(tmp_path / "password")}
    assert settings_from({**environ, "KANMON_SMTP_URL": "smtps://user%40example.jp@mail.example.jp"}) == MailSettings(
        "mail.example.jp", 465, True, "user@example.jp", "secret", SENDER
    )
    started = settings_from({"KANMON_MAIL_FROM": SENDER, "KANMON_SMTP_URL": "smtp://mail.example.jp"})
    assert started == MailSettings("mail.example.jp", 587, False, None, None, SENDER)


def settle(database: Database, hands: Hands, choice: Choice, *letters: int, reason: str = "looked into the log") -> int:
    with database.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        clock = ReplayClock(hands.now)
        return settle_letters(PostgresMailStore(session), ledger, clock, letters, choice, "officer", reason)


@pytest.fixture
def cut_off(written: Database, server: Mailboxes) -> Hands:
    """Two letters were begun by somebody who was killed; all others have an end."""
    hands = Hands(written, server)
    for _ in range(2):
        with hands.begin() as store:
            assert store.begin(hands.now) is not None
    for _ in range(3):
        with suppress(MailUnavailable):
            hands.work()
        hands.now += DEFERRED_FOR
    return hands


def test_letters_cut_off_are_told_and_wait_for_a_decision(written: Database, cut_off: Hands) -> None:
    with written.read() as session:
        doubtful = MailRecords(session).doubtful(NUMBER)
        assert [letter.address for letter in doubtful if letter.address[0] == "p"] == [
            "p1@example.jp", "p2@example.jp",
        ]  # fmt: skip
    first, second = (letter.mail_no for letter in doubtful[:2])
    assert settle(written, cut_off, Choice.DELIVERED, first) == 1
    assert settle(written, cut_off, Choice.AGAIN, second) == 1
    assert cut_off.work() == [DeliveryResult(LetterOutcome.HANDED_OVER, None)]
    kept = rows(
        written, f"SELECT outcome, settlements -> 0 ->> 'reason' FROM mail WHERE mail_no IN ({first}, {second})"
    )
    assert kept == [("handed_over", "looked into the log")] * 2
    payloads = (
        "SELECT payload FROM ledger_secret JOIN ledger_entry USING (seq) WHERE type = 'letter_settled' ORDER BY 1"
    )
    assert {json.loads(str(payload))["choice"] for (payload,) in rows(written, payloads)} == {"delivered", "again"}


def test_only_a_letter_in_doubt_can_be_settled_and_only_with_a_reason(written: Database, cut_off: Hands) -> None:
    [(known,)] = rows(written, "SELECT min(mail_no) FROM mail WHERE outcome = 'handed_over'")
    with pytest.raises(LetterNotInDoubt, match=str(known)):
        settle(written, cut_off, Choice.AGAIN, int(str(known)))
    with pytest.raises(UsageError):
        settle(written, cut_off, Choice.AGAIN, reason=" ")
    with pytest.raises(DBAPIError), written.write() as session:
        session.connection.execute(text("UPDATE mail SET begun_at = NULL, ended_at = NULL, outcome = NULL"))
    assert settle(written, cut_off, Choice.DELIVERED) >= 2
    assert settle(written, cut_off, Choice.AGAIN) == 0


def test_a_letter_begun_just_now_may_be_under_way(written: Database, server: Mailboxes) -> None:
    hands = Hands(written, server)
    with hands.begin() as store:
        letter = store.begin(hands.now)
    assert letter is not None
    with pytest.raises(LetterNotInDoubt):
        settle(written, hands, Choice.AGAIN, letter.mail_no)
    assert "in_doubt" not in hands.counts()
    with written.read() as session:
        doubted = hands.now + DOUBTED_AFTER
        assert MailRecords(session).counts(NUMBER, doubted)["in_doubt"] == 1
        assert MailRecords(session).cut_off(doubted) == 1
