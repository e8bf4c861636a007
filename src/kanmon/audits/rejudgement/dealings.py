"""Was the platform free to provide to this client at that moment, whoever the people are?"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from kanmon.audits.rejudgement.faults import ProvisionFault
from kanmon.audits.rejudgement.papers import (
    ClientHistory,
    HouseCheck,
    IncidentHold,
    Receipt,
    Registers,
    ReviewStatement,
    SwitchEvent,
    moment,
)
from kanmon.consent.law import LawProfile

A_MONTH = timedelta(days=30)
"""How long a check of the intended use is good, and how long a client has to state the actual one (EMP-05)."""
FORBIDS = "may_not_use"
"""The finding of a check with which a client may not use scores."""
VIEWS = {"author", "operator", "privacy_owner", "student_advocate", "legal"}
APART = ("author", "operator", "privacy_owner")
"""Views that no one person may hold two of (APPI-01)."""

SPEAK_FOR = {"operator": ("business", "use", "security"), "student_advocate": ("student",), "legal": ("legal",)}
"""Who answers for which viewpoints of a review."""


def faults_of(
    dealings: ClientHistory, law: LawProfile, registers: Registers, receipts: Sequence[Receipt], at: datetime
) -> Iterator[ProvisionFault]:
    """All that is wrong with a provision to a client at a moment, the people left aside."""
    contract = dealings.contract
    yield from _halts(dealings, registers, at)
    if not _is_reviewed(dealings, registers, at):
        yield ProvisionFault.NOT_REVIEWED
    if not _is_within(contract["starts_at"], at, contract["ends_at"]):
        yield ProvisionFault.NO_CONTRACT
    if not _is_past(contract["use_agreement_signed_at"], at) and not _is_filed(dealings, "use_agreement", at):
        yield ProvisionFault.NOT_SIGNED
    if not _is_checked(dealings, at):
        yield ProvisionFault.USE_NOT_CHECKED
    if _is_forbidden(dealings, at):
        yield ProvisionFault.USE_FORBIDDEN
    owed = [one for one in receipts if one.acknowledged_at < at and (one.stated_at is None or one.stated_at >= at)]
    if any(at - one.acknowledged_at > A_MONTH for one in owed):
        yield ProvisionFault.USE_NOT_STATED
    is_published = _is_past(contract["client_notice_published_at"], at) or _is_filed(dealings, "client_notice", at)
    if law.employment_duties and not is_published:
        yield ProvisionFault.NOTICE_NOT_PUBLISHED
    if law.employment_duties and not contract["necessity"]:
        yield ProvisionFault.NO_NECESSITY
    forbidden = set(contract["prohibited_uses"])
    if "selection" not in forbidden or contract["purpose"] in forbidden:
        yield ProvisionFault.PURPOSE
    if dealings.season is None or not _is_within(dealings.season["opens_at"], at, dealings.season["closes_at"]):
        yield ProvisionFault.SEASON
    if contract.get("legal_basis") == "entrustment":
        yield ProvisionFault.ENTRUSTED
    if not all(str(dealings.client[what] or "").strip() for what in ("legal_name", "address", "representative")):
        yield ProvisionFault.RECIPIENT_UNKNOWN


def _is_filed(dealings: ClientHistory, kind: str, at: datetime) -> bool:
    """Whether staff had a paper of the kind on record by then, dated before then and not ahead of its own filing."""
    filed = (record for record in dealings.on_record if record.kind == kind and record.known_at < at)
    return any(record.dated_at <= record.known_at and record.dated_at < at for record in filed)


def _allowing(dealings: ClientHistory, at: datetime) -> list[HouseCheck]:
    """Checks of the season, known by then and dated no later than known, that did not forbid the use."""
    known = (record for record in dealings.on_record if record.known_at < at and record.dated_at <= record.known_at)
    fitting = (record for record in known if record.finding is not None and record.season_id == dealings.season_id)
    return [record for record in fitting if record.finding != FORBIDS]


def _is_checked(dealings: ClientHistory, at: datetime) -> bool:
    """Whether the use was checked in the month before, as the contract states or by what staff put on record."""
    days = [record.dated_at for record in _allowing(dealings, at) if record.kind == "check_before_use"]
    if (stated := moment(dealings.contract["pre_use_check_at"])) is not None:
        days.append(stated)
    return any(day <= at <= day + A_MONTH for day in days)


def _is_forbidden(dealings: ClientHistory, at: datetime) -> bool:
    """Whether a check that forbade the use, of whatever season, was followed by none that allows that of the season."""
    forbidding = [record for record in dealings.on_record if record.finding == FORBIDS and record.known_at <= at]
    lifting = _allowing(dealings, at)
    return not all(
        any(later.known_at > record.known_at and later.dated_at > record.dated_at for later in lifting)
        for record in forbidding
    )


def doubted_at(dealings: ClientHistory, presses: Sequence[SwitchEvent], at: datetime) -> datetime | None:
    """The newest stop by then that doubts what people agreed to for this client; None where there was none."""
    scopes = _scopes(dealings)
    doubting = [
        press.at
        for press in presses
        if press.doubts_consents and press.at <= at and (press.client_id, press.season_id) in scopes
    ]
    return max(doubting, default=None)


def is_stopped(presses: Sequence[SwitchEvent], scope: tuple[str | None, str | None], at: datetime) -> bool:
    """Whether the switch of a scope, (client, season), was last put on stop; at one instant the last press counts."""
    last: SwitchEvent | None = None
    for press in presses:
        if (press.client_id, press.season_id) == scope and press.at <= at and (last is None or press.at >= last.at):
            last = press
    return last is not None and last.stops


def _scopes(dealings: ClientHistory) -> list[tuple[str | None, str | None]]:
    return [(None, None), (dealings.client_id, None), (None, dealings.season_id)]


def _halts(dealings: ClientHistory, registers: Registers, at: datetime) -> Iterator[ProvisionFault]:
    if any(is_stopped(registers.presses, scope, at) for scope in _scopes(dealings)):
        yield ProvisionFault.STOPPED
    holding = [one for one in registers.held if one.since <= at and (one.until is None or at < one.until)]
    if any(_concerns(one, dealings) for one in holding):
        yield ProvisionFault.HELD


def _concerns(held: IncidentHold, dealings: ClientHistory) -> bool:
    mine = (held.client_id, dealings.client_id), (held.season_id, dealings.season_id)
    return all(named is None or named == own for named, own in mine)


def _is_reviewed(dealings: ClientHistory, registers: Registers, at: datetime) -> bool:
    given = [(role, person) for role, person, when in _approvals(dealings, registers, at) if when < at]
    if not {role for role, _ in given} >= VIEWS:
        return False
    holders = {(role, person) for role, person in given if role in APART}
    return len({person for _, person in holders}) == len(holders)


def _approvals(dealings: ClientHistory, registers: Registers, at: datetime) -> list[tuple[str, str, datetime]]:
    """Who approved the release in which role, and when: by its review here, where it has one, else as it was loaded."""
    release = dealings.release or {}
    said = [one for one in registers.said if one.release_id == release.get("release_id") and one.at <= at]
    if any(one.did == "describe" for one in said):
        return list(_said_here(said))
    loaded = release.get("approvals", ())
    return [(one["role"], one["person"], when) for one in loaded if (when := moment(one["approved_at"])) is not None]


def _said_here(said: Sequence[ReviewStatement]) -> Iterator[tuple[str, str, datetime]]:
    """What stands at the end: a new description takes back every answer, any answer the privacy owner's decision."""
    about, answers, decided = "", dict[str | None, ReviewStatement](), list[ReviewStatement]()
    for one in said:
        if one.did == "describe":
            about, answers = one.about, {}
            decided = []
            yield "author", one.person, one.at
        elif one.about == about:
            decided = [one] if one.did == "approve" else []
            if one.did == "answer":
                answers[one.viewpoint] = one
    for role, points in SPEAK_FOR.items():
        words = [answers.get(point) for point in points]
        yield from ((role, one.person, one.at) for one in words if one and all(word and word.passes for word in words))
    yield from (("privacy_owner", one.person, one.at) for one in decided if one.passes)


def _is_past(written: Any, at: datetime) -> bool:
    found = moment(written)
    return found is not None and found < at


def _is_within(begins: Any, at: datetime, ends: Any) -> bool:
    since, until = moment(begins), moment(ends)
    return since is not None and until is not None and since <= at < until
