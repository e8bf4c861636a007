"""The gate's facts and rules on the lake's engine: evidence is read here, judged where the engine's processes are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

import pyarrow as pa

from kanmon.consent.screens import Doubt
from kanmon.core.clock import microseconds
from kanmon.core.ids import ApplicantNo
from kanmon.engines.engine import OpenEngine
from kanmon.gate.decision import Decision, DenialReason
from kanmon.gate.evidence_tables import EVIDENCE
from kanmon.gate.facts import gathered
from kanmon.gate.judged import DECISIONS, decisions_of, judged
from kanmon.gate.question import Terms, season_asked
from kanmon.gate.service import NEVER, GateFacts, Texts


class EngineJudging:
    """See `gate.service.Judging`."""

    def __init__(self, engine: OpenEngine) -> None:
        self._open = engine

    def __call__(
        self,
        facts: GateFacts,
        terms: Terms,
        terms_reasons: tuple[DenialReason, ...],
        texts: Texts,
        computed_at: Mapping[ApplicantNo, datetime],
        provided_at: Mapping[ApplicantNo, datetime] = NEVER,
    ) -> list[Decision]:
        """See `gate.service.Judging`; evidence is as of the transaction that asks."""
        assert terms.stops is not None
        client, season = terms.client.client_id, season_asked(terms)
        evidence = facts.evidence(client, season, terms.asked_at)
        with self._open() as engine:
            told = {**evidence.tables, **_doubts(texts.doubts)}
            tables = {name: engine.made(rows) for name, rows in told.items()}
            found = gathered(
                tables,
                client,
                terms.asked_at,
                terms.stops.consents_doubted_until,
                are_notices_sent=evidence.are_notices_sent,
            )
            work = partial(judged, terms, terms_reasons, texts, computed_at, provided_at)
            rows = engine.worked(found, ("applicant_no",), work, DECISIONS)
        answers = decisions_of(rows, terms)
        return [answers[number] for number in evidence.tables["applicant"]["applicant_no"].to_pylist()]


def _doubts(doubts: Sequence[Doubt]) -> dict[str, pa.Table]:
    doubted = [
        {
            "doubt_no": number,
            "screen_id": doubt.screen_id,
            "begins_at": microseconds(doubt.begins_at),
            "ends_at": microseconds(doubt.ends_at),
            "standing": doubt.standing.value,
        }
        for number, doubt in enumerate(doubts)
    ]
    released = [
        {"doubt_no": number, "text_no": text_no}
        for number, doubt in enumerate(doubts)
        for text_no in sorted(doubt.released)
    ]
    return {
        "doubt": pa.Table.from_pylist(doubted, EVIDENCE["doubt"]),
        "released": pa.Table.from_pylist(released, EVIDENCE["released"]),
    }
