"""What is asked of the lake about cleared people."""

from datetime import timedelta

from kanmon.lake.query import cleared_table
from tests.engines.cases import AS_OF, AS_OF_MS, cleared


def test_a_moment_is_never_rounded_up_so_that_nothing_after_it_is_let_in() -> None:
    asked = cleared_table([cleared("C1", 1, AS_OF + timedelta(microseconds=999))])
    assert asked["as_of"].to_pylist() == [AS_OF_MS]
