"""Who shares a block with anybody on a list: exactly those whom comparing everybody with everybody would find."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from kanmon.linkage.blocking import BLOCKS, MemberIndex
from kanmon.linkage.records import COMPARED

people = st.lists(st.fixed_dictionaries({column: st.sampled_from(["a", "b", "c", None]) for column in COMPARED}))
Person = dict[str, str | None]


def table(rows: list[Person]) -> pa.Table:
    numbered: list[dict[str, int | str | None]] = [{"unique_id": number, **row} for number, row in enumerate(rows)]
    return pa.Table.from_pylist(
        numbered, pa.schema([("unique_id", pa.int64()), *((column, pa.string()) for column in COMPARED)])
    )


def share_a_block(applicant: Person, member: Person) -> bool:
    return any(
        all(applicant[own] is not None and applicant[own] == member[column] for own, column in block)
        for block in BLOCKS.values()
    )


@settings(deadline=None)
@given(members=people, applicants=people)
def test_members_who_share_a_block_with_anybody_are_found_in_their_order_and_nobody_else(
    members: list[Person], applicants: list[Person]
) -> None:
    expected = [row for row in members if any(share_a_block(applicant, row) for applicant in applicants)]
    found = MemberIndex(table(members)).sharing(table(applicants))
    assert found.drop_columns("unique_id").to_pylist() == expected
    assert found["unique_id"].to_pylist() == sorted(found["unique_id"].to_pylist())
