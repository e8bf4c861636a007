"""The last word on a client counts, whether it named that client or all."""

from datetime import UTC, datetime, timedelta

import pytest

from kanmon.core.ids import ClientId
from kanmon.rights.requests.objection import ObjectionWord, Word, objected_since

AT = datetime(2026, 6, 1, tzinfo=UTC)
ONE, OTHER = ClientId("one"), ClientId("other")


def word(do: str, day: int, client: ClientId | None = None) -> ObjectionWord:
    return ObjectionWord(Word(do), AT + timedelta(days=day), client)


def test_words_on_training_alone_and_on_every_use_do_not_end_each_other() -> None:
    ended = ObjectionWord(Word.OBJECT, AT, None, is_of_training=True)
    assert objected_since([ended], ONE) is None
    assert objected_since([ended, word("lift", 1)], ONE, is_of_training=True) == AT
    lifted = ObjectionWord(Word.LIFT, AT + timedelta(days=2), ONE, is_of_training=True)
    assert objected_since([word("object", 1), ended, lifted], ONE) == AT + timedelta(days=1)
    assert objected_since([ended, lifted], ONE, is_of_training=True) is None
    assert objected_since([ended, lifted], OTHER, is_of_training=True) == AT


@pytest.mark.parametrize(
    ("words", "since"),
    [
        ([], None),
        ([word("object", 1)], 1),
        ([word("object", 1, ONE)], 1),
        ([word("object", 1, OTHER)], None),
        ([word("object", 1), word("lift", 2)], None),
        ([word("object", 1), word("lift", 2, ONE)], None),
        ([word("object", 1), word("lift", 2, OTHER)], 1),
        ([word("object", 1, ONE), word("lift", 2)], None),
        ([word("lift", 2), word("object", 3, ONE), word("object", 1)], 3),
        ([word("lift", 1), word("object", 1)], 1),
    ],
)
def test_the_last_word_counts(words: list[ObjectionWord], since: int | None) -> None:
    assert objected_since(words, ONE) == (None if since is None else AT + timedelta(days=since))
