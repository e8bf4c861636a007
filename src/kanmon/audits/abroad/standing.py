"""How each duty of the laws abroad that a contract names stands on a day: met by an object, or missing.

The objects are looked at as they are now; the day says which duties hold.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from kanmon.audits.abroad.model import AbroadFacts, DutyStanding, LegalDutyState, Source, SourceKind
from kanmon.clients.use import STATEMENT_HOLDS
from kanmon.consent.abroad import DatedDuty, LegalDuty
from kanmon.core.language import N_

BIAS_AUDIT_HOLDS = timedelta(days=365)
"""New York's Local Law 144 asks for an audit not older than a year."""
Found = tuple[Sequence[Source], str, Mapping[str, object]]
"""The objects that meet a duty, or what lacks: the id of a message with its values."""


def standing(duties: Sequence[DatedDuty], facts: AbroadFacts, day: date) -> list[DutyStanding]:
    """How duties of a client stand on a day."""
    return [_standing(dated, facts, day) for dated in duties]


def _standing(dated: DatedDuty, facts: AbroadFacts, day: date) -> DutyStanding:
    if not dated.holds_on(day):
        return DutyStanding(dated, LegalDutyState.NOT_YET)
    sources, lack, values = _MET_BY[dated.duty](facts)
    if lack or not sources:
        return DutyStanding(dated, LegalDutyState.MISSING, (), lack or _NOTHING, values)
    return DutyStanding(dated, LegalDutyState.MET, sources)


_NOTHING = N_("no object of this workspace shows it")


def _notice(facts: AbroadFacts) -> Found:
    return _of_everybody(facts, facts.people.informed, N_("%(count)s of %(all)s people were not told before scoring"))


def _explanation(facts: AbroadFacts) -> Found:
    return _of_everybody(facts, facts.people.explained, N_("%(count)s of %(all)s scores have no explanation"))


def _of_everybody(facts: AbroadFacts, those: int, lack: str) -> Found:
    scored = facts.people.scored
    if not scored:
        return (), N_("nobody is scored yet, so nothing shows it"), {}
    if those < scored:
        return (), lack, {"count": scored - those, "all": scored}
    return [Source(SourceKind.SCORES, facts.client_id)], "", {}


def _opt_out(facts: AbroadFacts) -> Found:
    agreed = _of_everybody(facts, facts.people.agreed, N_("%(count)s of %(all)s scores rest on no agreement"))
    if facts.way_out_told is None:
        return (), N_("no text in force says how to withdraw and that refusing costs nothing (E18, E19)"), {}
    return agreed if agreed[1] else ([*agreed[0], Source(SourceKind.POLICY, facts.way_out_told)], "", {})


def _right(*types: str) -> Callable[[AbroadFacts], Found]:
    """A right that the words in force tell, and of whose requests none is late."""

    def met(facts: AbroadFacts) -> Found:
        late = [number for kind in types if kind in facts.requests for number in facts.requests[kind].overdue]
        if late:
            return (), N_("request %(number)s is overdue"), {"number": late[0]}
        if facts.rights_told is None:
            return (), N_("no text in force says which rights a person has (E20)"), {}
        return [Source(SourceKind.POLICY, facts.rights_told)], "", {}

    return met


def _oversight(facts: AbroadFacts) -> Found:
    stated = facts.overseer
    if stated is None or facts.now - stated.at > STATEMENT_HOLDS or not str(stated.said.get("overseer", "")).strip():
        return (), N_("the client named nobody in the last 30 days who oversees the use"), {}
    return [Source(SourceKind.ENTRY, str(stated.seq))], "", {}


def _human_review(facts: AbroadFacts) -> Found:
    told, watched = _right("review")(facts), _oversight(facts)
    return next((found for found in (told, watched) if found[1]), ([*told[0], *watched[0]], "", {}))


def _bias_audit(facts: AbroadFacts) -> Found:
    audit = facts.fairness
    if audit is None or facts.now - audit.at > BIAS_AUDIT_HOLDS:
        return (), N_("no audit of fairness within a year; see `kanmon audit fairness`"), {}
    return [Source(SourceKind.ENTRY, str(audit.seq))], "", {}


def _document(kind: str) -> Callable[[AbroadFacts], Found]:
    """A document about the model in use that was written and entered into the ledger."""

    def met(facts: AbroadFacts) -> Found:
        written = facts.documents.get(kind)
        if facts.model is None:
            return (), N_("no approved model is in use"), {}
        if written is None or written.said.get("model_id") != facts.model.model_id:
            return (), N_("no document about model %(model)s was written"), {"model": facts.model.model_id}
        return [Source(SourceKind.ENTRY, str(written.seq))], "", {}

    return met


def _records(facts: AbroadFacts) -> Found:
    if facts.checkpoint is None:
        return (), N_("the ledger has no signed checkpoint"), {}
    return [Source(SourceKind.CHECKPOINT, str(facts.checkpoint))], "", {}


_MET_BY: Mapping[LegalDuty, Callable[[AbroadFacts], Found]] = {
    LegalDuty.NOTICE: _notice,
    LegalDuty.OPT_OUT: _opt_out,
    LegalDuty.EXPLANATION: _explanation,
    LegalDuty.ACCESS: _right("disclosure"),
    LegalDuty.CORRECTION: _right("history", "personal_data"),
    LegalDuty.HUMAN_REVIEW: _human_review,
    LegalDuty.HUMAN_OVERSIGHT: _oversight,
    LegalDuty.BIAS_AUDIT: _bias_audit,
    LegalDuty.TECHNICAL_DOCUMENTATION: _document("annex_iv"),
    LegalDuty.IMPACT_ASSESSMENT: _document("impact_assessment"),
    LegalDuty.RECORDS: _records,
}
