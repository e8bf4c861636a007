"""What an act of consent that was taken live carries of its answer: one digest over the answer and the text it answers.

The digest stands in the act's row, under the person's seal, and in the act's entry. It is salted: the salt goes with
the answer when its person is erased, and then the digest tells nothing. Answers and served texts of a person who was
erased are gone by rule, and missing for nobody.
"""
# ruff: noqa: S608 - of fixed parts and the columns of tables

from collections.abc import Mapping
from typing import Any

from sqlalchemy import cast, literal_column, select, text

from kanmon.db.tables.evidence import consent_answer, served_text
from kanmon.db.unit_of_work import ReadSession, WriteSession

_LEFT_OUT = {"answer_no", "consent_no", "refusal", "served_no"}
"""The number is given later; which act it became is what the act says; the text is bound by its own number."""
ANSWER_COLUMNS = tuple(sorted(column.name for column in consent_answer.c if column.name not in _LEFT_OUT))
TEXT_COLUMNS = tuple(sorted(column.name for column in served_text.c))
_COVERED = ", ".join([*(f"n.{name}" for name in ANSWER_COLUMNS), *(f"t.{name}" for name in TEXT_COLUMNS)])
_DIGEST = f"encode(sha256(record_send(ROW({_COVERED}))), 'hex')"
# A text that was served to somebody else is no evidence of this person, and goes when that other person is erased.
_IS_TEXT_OF = "t.served_no = n.served_no AND coalesce(t.member_id, n.member_id) = n.member_id"
_ANSWER = f"SELECT FROM consent_answer n LEFT JOIN served_text t ON {_IS_TEXT_OF} WHERE n.consent_no = a.consent_no"
# A withdrawal that stands already answers a second one, too.
IS_TAMPERED = f"""EXISTS (
    SELECT FROM consent_act a
    WHERE a.member_no = f.member_no AND NOT EXISTS (SELECT FROM erasure e WHERE e.member_no = a.member_no) AND (
        (a.answer_sha256 IS NOT NULL AND NOT EXISTS ({_ANSWER} AND {_DIGEST} = a.answer_sha256))
        OR ((a.answer_sha256 IS NOT NULL OR a.load_id IS NOT NULL) AND EXISTS (
            {_ANSWER} AND {_DIGEST} IS DISTINCT FROM a.answer_sha256
            AND (a.action <> 'withdraw' OR n.action <> 'withdraw')
        ))
    )
)"""
"""Whether an answer of the member of a row `f`, or the text that it answers, is gone, another one, or put in."""


def answer_sha256(session: ReadSession | WriteSession, values: Mapping[str, Any]) -> str:
    """The digest of an answer that is to be kept with these values, in 64 hexadecimal digits."""
    columns = [column for column in consent_answer.c if column.name not in _LEFT_OUT - {"served_no"}]
    answer = select(*(cast(values[column.name], column.type).label(column.name) for column in columns)).subquery("n")
    joined = answer.outerjoin(served_text.alias("t"), text(_IS_TEXT_OF))
    digest: str = session.connection.execute(select(literal_column(_DIGEST)).select_from(joined)).scalar_one()
    return digest
