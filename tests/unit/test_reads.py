"""Every purpose of a read can be told to the person."""

from kanmon.access.account import ReadPurpose
from kanmon.access.web.reads import PURPOSES


def test_every_purpose_has_words() -> None:
    assert PURPOSES.keys() == set(ReadPurpose)
