"""Accounts over a real database: guesses are limited before they are looked at, and every deed to one is recorded."""

import asyncio
import json
import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from kanmon.access.account import Account, NewAccount
from kanmon.access.accounts import Accounts
from kanmon.access.files.passwords import Argon2Passwords
from kanmon.access.files.webauthn import WebAuthnCeremonies
from kanmon.access.oidc import Identity
from kanmon.access.passkeys import Credential, Passkeys
from kanmon.access.service import FAILURES_ALLOWED, SignIn
from kanmon.access.session import Way
from kanmon.access.store.accounts import PostgresAccountStore
from kanmon.access.store.identities import PostgresIdentityStore
from kanmon.access.store.passkeys import PostgresPasskeyStore
from kanmon.access.web import accounts as account_pages
from kanmon.access.web import passkeys as passkey_pages
from kanmon.application.transactions import PostgresTransactions
from kanmon.core.clock import SystemClock
from kanmon.core.errors import KanmonError, SignInRefused, TooManyAttempts, UsageError
from kanmon.core.ids import MemberId
from kanmon.db.unit_of_work import Database
from kanmon.ledger.note import SigningKey
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.web.access import SESSION_COOKIE
from tests.unit.application.applications import application

KEY = SigningKey.generate("kanmon/test")
CLOCK = SystemClock()
GOOD = "seven unrelated lamps"
IDENTITY = Identity("https://id.example", "1")
CREDENTIAL = Credential(b"credential", b"key", 0)


class Readable:
    """Passwords that are quickly hashed, and how often one was looked at."""

    def __init__(self) -> None:
        self.looks = 0
        self._counting = threading.Lock()

    def hash(self, password: str) -> str:
        return password[::-1]

    def verify(self, password: str, password_hash: str) -> bool:
        with self._counting:
            self.looks += 1
        return password[::-1] == password_hash

    def is_easily_guessed(self, password: str, known_words: Collection[str]) -> bool:
        return Argon2Passwords().is_easily_guessed(password, known_words)


class House:
    """An account of a privacy owner, and all that lets somebody in."""

    def __init__(self, database: Database, keys: Path) -> None:
        self.database, self.passwords = database, Readable()
        self.transactions = PostgresTransactions(database, KEY, SealedRows(keys))
        self.sign_in = SignIn(
            self.transactions.writing(lambda work: PostgresAccountStore(work.session)), self.passwords, CLOCK
        )
        accounts = self.transactions.writing(lambda work: (PostgresAccountStore(work.session), work.ledger))
        passkeys = self.transactions.writing(lambda work: PostgresPasskeyStore(work.session))
        self.accounts = Accounts(accounts, self.passwords, CLOCK)
        self.passkeys = Passkeys(passkeys, WebAuthnCeremonies(), self.sign_in.sessions, CLOCK)
        self.password = self.accounts.add(NewAccount("owner"), "root", "the first of the house")
        account = self.sign_in.sessions.account(self.sign_in.sign_in("owner", self.password))
        assert account is not None
        self.account: Account = account
        self.passwords.looks = 0


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path)


def test_wrong_passwords_tried_at_the_same_time_all_count(house: House) -> None:
    def guess(number: int) -> type[KanmonError]:
        with pytest.raises((SignInRefused, TooManyAttempts)) as refused:
            house.sign_in.sign_in("owner", f"guess {number}")
        return refused.type

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(guess, range(40)))
    assert answers.count(SignInRefused) == house.passwords.looks == FAILURES_ALLOWED
    with pytest.raises(TooManyAttempts):
        house.sign_in.sign_in("owner", house.password)


def test_the_right_password_takes_its_attempt_back(house: House) -> None:
    for _ in range(2 * FAILURES_ALLOWED):
        house.sign_in.sign_in("owner", house.password)
    with house.database.read() as session:
        assert session.connection.scalar(text("SELECT count(*) FROM sign_in_failure")) == 0


def test_guesses_of_the_old_password_are_limited_and_close_only_that_door(house: House) -> None:
    for _ in range(FAILURES_ALLOWED):
        with pytest.raises(SignInRefused):
            house.sign_in.change_password(house.account, "guess", GOOD)
    with pytest.raises(TooManyAttempts):
        house.sign_in.change_password(house.account, house.password, GOOD)
    assert house.sign_in.sign_in("owner", house.password)


@pytest.mark.parametrize(
    "weak",
    ["password1234", "qwertyuiop12", "123456789012", "ownerownerowner", "owner-owner-1", "KanmonKanmon1", "短い"],
)
def test_a_password_that_is_soon_guessed_is_refused_before_anything_is_tried(house: House, weak: str) -> None:
    with pytest.raises(UsageError):
        house.sign_in.change_password(house.account, house.password, weak)
    assert house.passwords.looks == 0
    house.sign_in.change_password(house.account, house.password, GOOD)
    assert house.sign_in.sign_in("owner", GOOD)


def has_ways_in(house: House, password: str) -> list[bool]:
    """Whether somebody comes in by password, by passkey, through a provider, and by the session there was."""
    try:
        by_password = bool(house.sign_in.sign_in("owner", password))
    except SignInRefused:
        by_password = False
    with house.transactions.begin() as work, house.transactions.begin() as work:
        return [
            by_password,
            PostgresPasskeyStore(work.session).hold(b"credential") is not None,
            PostgresIdentityStore(work.session).find(IDENTITY) is not None,
        ]


def opened_in_every_way(house: House) -> str:
    token = house.sign_in.sessions.start(house.account, Way.PASSKEY, None)
    with house.transactions.begin() as work:
        assert PostgresPasskeyStore(work.session).add(house.account, "mine", CREDENTIAL, CLOCK.now())
    with house.transactions.begin() as work:
        PostgresIdentityStore(work.session).bind("owner", IDENTITY, CLOCK.now())
    assert has_ways_in(house, house.password) == [True, True, True]
    return token


def test_by_a_closed_account_nobody_comes_in_until_it_is_reset(house: House) -> None:
    token = opened_in_every_way(house)
    house.accounts.close("owner", "boss", "left the company")
    assert has_ways_in(house, house.password) == [False, False, False]
    assert house.sign_in.sessions.account(token) is None
    [listed] = house.accounts.listed()
    assert listed.closed_at is not None
    assert listed.sessions == 0
    with pytest.raises(UsageError):
        house.accounts.close("owner", "boss", "once more")
    again = house.accounts.reset("owner", "boss", "came back")
    assert again != house.password
    assert has_ways_in(house, again) == [True, False, False]
    assert house.accounts.listed()[0].closed_at is None


def test_who_made_an_account_and_bound_it_is_kept(house: House) -> None:
    house.accounts.bind("owner", IDENTITY, "boss", "the house signs in there")
    assert has_ways_in(house, house.password)[2]
    query = text(
        "SELECT act, acted_by, because, s.payload FROM account_act JOIN ledger_entry e ON e.seq = ledger_seq"
        " JOIN ledger_secret s USING (seq) ORDER BY act_no"
    )
    with house.database.read() as session:
        (added, bound) = session.connection.execute(query).all()
    assert added[:3] == ("add", "root", "the first of the house")
    assert bound[:3] == ("bind", "boss", "the house signs in there")
    assert (json.loads(added[3])["role"], json.loads(bound[3])["issuer"]) == ("privacy_owner", IDENTITY.issuer)
    assert "subject" not in json.loads(bound[3])
    for refused in (NewAccount("owner"), NewAccount("other", member_id=MemberId("nobody"))):
        with pytest.raises(UsageError):
            house.accounts.add(refused, "boss", "why")
    with pytest.raises(UsageError):
        house.accounts.add(NewAccount("third"), "", "why")
    with pytest.raises(UsageError):
        house.accounts.bind("owner", IDENTITY, "boss", "again")
    with house.database.read() as session:
        assert len(session.connection.execute(query).all()) == 2
    assert [one.name for one in house.accounts.listed()] == ["owner"]


def test_others_sessions_are_listed_and_ended(house: House) -> None:
    token = house.sign_in.sessions.start(house.account, Way.OIDC, None)
    assert [one.way for one in house.accounts.sessions("owner")] == [Way.OIDC, Way.PASSWORD]
    assert house.accounts.end_sessions("owner", "boss", "a laptop was lost") == 2
    assert house.sign_in.sessions.account(token) is None
    assert not house.accounts.sessions("owner")
    with pytest.raises(UsageError):
        house.accounts.sessions("nobody")


def test_every_deed_is_kept_for_good_with_its_place_in_the_ledger(house: House) -> None:
    for unsaid in (("", "why"), ("boss", " ")):
        with pytest.raises(UsageError):
            house.accounts.close("owner", *unsaid)
    house.accounts.end_sessions("owner", "boss", "first")
    house.accounts.close("owner", "boss", "second")
    house.accounts.reset("owner", "boss", "third")
    query = text(
        "SELECT act, acted_by, because, e.type FROM account_act JOIN ledger_entry e ON e.seq = ledger_seq"
        " ORDER BY act_no"
    )
    with house.database.read() as session:
        assert [tuple(row) for row in session.connection.execute(query)] == [
            ("add", "root", "the first of the house", "account"),
            ("end_sessions", "boss", "first", "account"),
            ("close", "boss", "second", "account"),
            ("reset", "boss", "third", "account"),
        ]
    for change in ("UPDATE account_act SET because = 'x'", "DELETE FROM account_act"):
        with pytest.raises(DatabaseError), house.database.write() as session:
            session.connection.execute(text(change))


def test_a_new_passkey_asks_for_the_password(house: House) -> None:
    app = FastAPI()
    app.include_router(passkey_pages.router)
    app.state.sign_in = house.sign_in
    app.state.doors = SimpleNamespace(passkeys=house.passkeys, origin="https://kanmon.example")
    token = house.sign_in.sessions.start(house.account, Way.PASSWORD, None)

    async def ask(password: str) -> Response:
        async with AsyncClient(transport=ASGITransport(app=app), base_url="https://kanmon.example") as browser:
            browser.cookies.set(SESSION_COOKIE, token)
            return await browser.post("/account/passkeys/options", data={"password": password})

    for wrong in ("", "guess"):
        with pytest.raises(SignInRefused):
            asyncio.run(ask(wrong))
    with house.database.read() as session:
        assert session.connection.scalar(text("SELECT count(*) FROM passkey_challenge")) == 0
    assert "challenge" in asyncio.run(ask(house.password)).json()


def test_the_privacy_owner_lists_closes_and_resets_on_a_page(house: House) -> None:
    app = FastAPI()
    app.include_router(account_pages.router)
    app.state.sign_in = house.sign_in
    app.state.application = application(house.transactions)
    house.accounts.add(NewAccount("colleague"), "owner", "a second one")
    token = house.sign_in.sessions.start(house.account, Way.PASSWORD, None)

    async def sent(path: str, **fields: str) -> Response:
        async with AsyncClient(transport=ASGITransport(app=app), base_url="https://kanmon.example") as browser:
            browser.cookies.set(SESSION_COOKIE, token)
            if not fields:
                return await browser.get("/officer/accounts")
            return await browser.post(f"/officer/accounts/{path}", data=fields)

    assert asyncio.run(sent("")).text.count("colleague") == 2
    assert asyncio.run(sent("close", name="colleague", because=" ")).status_code == 400
    assert asyncio.run(sent("close", name="nobody", because="left")).status_code == 400
    assert asyncio.run(sent("close", name="colleague", because="left")).status_code == 303
    assert [one.closed_at is None for one in house.accounts.listed()] == [False, True]
    assert asyncio.run(sent("end-sessions", name="colleague", because="left")).status_code == 303
    shown = asyncio.run(sent("reset", name="colleague", because="came back"))
    assert shown.status_code == 200
    assert [one.closed_at is None for one in house.accounts.listed()] == [True, True]
