"""What `service.yaml` said comes back as it was, and the words of a policy never change."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kanmon.clients.store import ServiceStore
from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Retention, Statement
from kanmon.core.errors import ServiceInvalid, UsageError
from kanmon.core.ids import ClientId, PolicyId, PolicyVersionId
from kanmon.db.unit_of_work import Database

NOW = datetime(2026, 4, 1, tzinfo=UTC)
VERSION = PolicyVersion(
    PolicyId("privacy"),
    PolicyVersionId("1.0"),
    "ja",
    NOW,
    "個人を特定したうえで、株式会社甲に提供します。",
    (
        Clause(
            "c1",
            {
                Element.IDENTIFIED: Statement("個人を特定したうえで"),
                Element.RECIPIENTS: Statement("株式会社甲", Recipients(frozenset({ClientId("C1")}))),
                Element.RETENTION: Statement("365日", Retention(365, None)),
                Element.PARTNER_SITES: Statement("提携サイト", None),
                Element.ITEMS: Statement("スコア", frozenset({"score"})),
            },
            ("c2",),
        ),
        Clause("c2", {}),
    ),
    consent_valid_days=365,
)


def test_a_policy_version_comes_back_as_it_was(database: Database) -> None:
    with database.write() as session:
        ServiceStore(session).add_policy_version(VERSION, NOW)
        ServiceStore(session).add_policy_version(VERSION, NOW)
        assert list(ServiceStore(session).policy_versions()) == [VERSION]


def test_a_reading_may_be_mended_and_the_newest_counts(database: Database) -> None:
    mended = replace(VERSION, clauses=VERSION.clauses[1:])
    with database.write() as session:
        for version in (VERSION, mended):
            ServiceStore(session).add_policy_version(version, NOW)
        assert list(ServiceStore(session).policy_versions()) == [mended]


def test_words_that_people_agreed_to_never_change(database: Database) -> None:
    with database.write() as session:
        ServiceStore(session).add_policy_version(VERSION, NOW)
        with pytest.raises(ServiceInvalid, match="new version id"):
            ServiceStore(session).add_policy_version(replace(VERSION, text="ほかの文"), NOW)


def test_an_empty_workspace_says_what_to_do(database: Database) -> None:
    with database.read() as session, pytest.raises(UsageError, match="kanmon load"):
        ServiceStore(session).terms()
