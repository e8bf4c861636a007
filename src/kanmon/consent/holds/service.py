"""People on hold, because a row or a message that may end what they agreed to could not be read (ADR 0034).

A hold denies every use from the transaction that refused the row until it ends: by a row that a later file brings and
that says the same where the refused one could be read, or by the privacy owner with a reason. Where nobody can tell
whose row it is, an alert stands until the privacy owner closes it.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from kanmon.consent.doubtful import DoubtfulRow, RefusedRow, doubtful_act, doubtful_declaration, may_be_of_scoring
from kanmon.core.clock import Clock
from kanmon.core.errors import UsageError
from kanmon.core.ids import ApplicantNo, ClientId, EvidenceId, MemberNo
from kanmon.core.language import N_
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger

CONSENTS, CONFIRMATIONS, NOTICES, ANSWERS = "consents", "confirmations", "notices", "answers"
HOLDING = (CONSENTS, CONFIRMATIONS, NOTICES)
"""The tables of a folder in which a row that is not read might open something."""
UNUSABLE = "FILE_UNUSABLE"
"""The fault of a whole file."""


@dataclass(frozen=True)
class RowOrigin:
    """Where rows come from: a file that was loaded, or messages of a board's program."""

    dataset: str
    source: str
    """The file's name, or the address of the API."""
    file_sha256: str
    """Empty where there is no file, or it could not be read at all."""


class Target(NamedTuple):
    """Whom a row holds, and for which client (None: all); nobody where neither is named."""

    doubtful: DoubtfulRow
    client_id: ClientId | None
    member_no: MemberNo | None = None
    applicant_no: ApplicantNo | None = None


class Moment(NamedTuple):
    """The moment acted at and that of the shared clock, in UTC."""

    at: datetime
    real: datetime


@dataclass(frozen=True)
class HoldCounts:
    """How many rows of a file hold somebody, and how many stand as an alert, now."""

    holds: int = 0
    alerts: int = 0


@dataclass(frozen=True)
class ConsentHold:
    """One hold as the privacy owner sees it; instants in UTC."""

    number: int
    member_id: str | None
    applicant_id: str | None
    """The client's row, where that is held rather than a member."""
    client_id: ClientId | None
    """None: for all clients."""
    dataset: str
    source: str
    line: int | None
    written: str
    """The row as it was written."""
    at_column: str
    fault: str
    held_at: datetime
    ledger_seq: int
    ended_at: datetime | None
    ended_by: str | None
    """The privacy owner who ended it; None where a mended row did, or it stands."""
    because: str | None
    consent_no: EvidenceId | None
    """The act of the mended row."""
    end_seq: int | None

    @property
    def is_alert(self) -> bool:
        """Whether nobody can tell whose row it is."""
        return self.member_id is None and self.applicant_id is None


class HoldStore(Protocol):
    """Where holds are kept; one transaction."""

    def hold(self) -> datetime:
        """Wait until nobody relies on consents, let nobody begin to, and the shared moment from which that is so."""

    def clients(self) -> Sequence[ClientId]:
        """Every client there is."""

    def members_named(self, rows: Sequence[DoubtfulRow]) -> Mapping[int, Collection[MemberNo]]:
        """The members that each row names, by its place: in its own cell or, where that names none, anywhere in it."""

    def applicants_named(self, rows: Sequence[DoubtfulRow]) -> Mapping[int, Collection[tuple[ClientId, ApplicantNo]]]:
        """Likewise the clients' rows that each row of `confirmations` names."""

    def is_scoring_told(self) -> bool:
        """Whether a notice of scoring is known."""

    def is_any_open(self) -> bool:
        """Whether any hold or alert stands."""

    def new(self, origin: RowOrigin, targets: Sequence[Target]) -> Sequence[Target]:
        """Those targets that don't stand already, and that nobody has settled for that very row."""

    def add(self, origin: RowOrigin, targets: Sequence[Target], moment: Moment, ledger_seq: int) -> None:
        """Put them on hold."""

    def standing(self, dataset: str, rows: Sequence[RefusedRow]) -> HoldCounts:
        """How many of these rows hold somebody, and how many are alerts."""

    def claim(self) -> int:
        """Tie alerts to members whom they name and who are known by now; how many holds that makes."""

    def mended_acts(self, dataset: str, still: Collection[bytes]) -> Sequence[tuple[int, EvidenceId]]:
        """Open holds and the later act that mends each, apart from rows of hash `still`, which came again."""

    def mended_declarations(self, taken: Path, refused: Collection[int], still: Collection[bytes]) -> Sequence[int]:
        """Open holds of clients' rows that a staged file names anew, in lines that were not refused."""

    def open_alerts(self, dataset: str) -> Sequence[int]:
        """Alerts of a table that stand."""

    def end(
        self, ended: Mapping[int, EvidenceId | None], moment: Moment, seq: int, person: str | None, because: str | None
    ) -> None:
        """End holds, each with the act that mended it."""

    def listed(self, *, with_ended: bool) -> Sequence[ConsentHold]:
        """All that stand, alerts first, then by number; those that ended as well if asked."""


class HoldService:
    """Puts people on hold and ends that, within the caller's transaction; it counts when that has committed."""

    def __init__(self, store: HoldStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock

    def place(self, origin: RowOrigin, rows: Sequence[RefusedRow]) -> HoldCounts:
        """Hold everybody whose no may be among refused rows; told is how many of the rows stand then."""
        if not rows:
            return HoldCounts()
        moment = self._moment()
        added = self._store.new(origin, self._targets(origin.dataset, rows))
        if added:
            hashes = b"".join(sorted(target.doubtful.row.sha256(origin.dataset) for target in added))
            alerts = sum(target.member_no is None and target.applicant_no is None for target in added)
            payload: dict[str, object] = {
                "dataset": origin.dataset,
                "file_sha256": origin.file_sha256,
                "holds": len(added) - alerts,
                "alerts": alerts,
                "rows_sha256": hashlib.sha256(hashes).hexdigest(),
                "real_at": instant(moment.real) if self._clock.is_replay else None,
            }
            [seq] = self._ledger.append([NewEntry(EntryType.CONSENT_HOLD, moment.at, payload)])
            self._store.add(origin, added, moment, seq)
        return self._store.standing(origin.dataset, rows)

    def mend(self, dataset: str, rows: Sequence[RefusedRow], taken: Path | None = None) -> None:
        """End what rows that were taken have mended; `rows` are the refused ones, `taken` a staged file of the table.

        The mended row says the same in each column that could be read in the refused one, came later than it, and its
        file no longer holds the refused row. Where the refused row's moment can't be read, it also has to be a no, and
        the person's last word.
        """
        if dataset not in (*HOLDING, ANSWERS) or not self._store.is_any_open():
            return
        moment = self._moment()
        still = {row.sha256(dataset) for row in rows}
        ended: dict[int, EvidenceId | None] = {}
        if dataset in (CONSENTS, ANSWERS):
            ended.update(self._store.mended_acts(dataset, still))
        elif dataset == CONFIRMATIONS and taken is not None:
            lines = {row.line for row in rows if row.line is not None}
            ended.update(dict.fromkeys(self._store.mended_declarations(taken, lines, still)))
        elif not any(map(may_be_of_scoring, rows)) and self._store.is_scoring_told():
            ended.update(dict.fromkeys(self._store.open_alerts(NOTICES)))
        if ended:
            self._end(ended, moment, None, None)

    def claim(self) -> None:
        """Hold members who are known by now and whom an alert names."""
        if self._store.is_any_open():
            self._moment()
            self._store.claim()

    def lift(self, numbers: Collection[int], person: str, because: str) -> Sequence[ConsentHold]:
        """End holds, or close alerts, by the privacy owner; as they stood before.

        `UsageError` where one doesn't stand, and where nobody or no reason is named.
        """
        if not person.strip() or not because.strip():
            raise UsageError(N_("say who lifts the hold, and why"))
        moment = self._moment()
        found = {hold.number: hold for hold in self._store.listed(with_ended=False)}
        missing = sorted(set(numbers) - set(found))
        if missing or not numbers:
            raise UsageError(
                N_("no such hold stands: %(numbers)s; `kanmon hold list` tells those that do"),
                numbers=", ".join(map(str, missing)) or "–",
            )
        self._end(dict.fromkeys(sorted(numbers)), moment, person.strip(), because.strip())
        self._ledger.sign(moment.real)
        return [found[number] for number in sorted(numbers)]

    def _end(
        self, ended: Mapping[int, EvidenceId | None], moment: Moment, person: str | None, because: str | None
    ) -> None:
        payload: dict[str, object] = {
            "holds": sorted(ended),
            "acts": sorted(act for act in ended.values() if act is not None),
            "person": person,
            "because": because,
            "real_at": instant(moment.real) if self._clock.is_replay else None,
        }
        [seq] = self._ledger.append([NewEntry(EntryType.CONSENT_HOLD_END, moment.at, payload)])
        self._store.end(ended, moment, seq, person, because)

    def _moment(self) -> Moment:
        held_at = self._store.hold()
        return Moment(self._clock.now() if self._clock.is_replay else held_at, held_at)

    def _targets(self, dataset: str, rows: Sequence[RefusedRow]) -> list[Target]:
        clients = self._store.clients()
        whole_files = [Target(DoubtfulRow(row, None), None) for row in rows if row.fault == UNUSABLE]
        rows = [row for row in rows if row.fault != UNUSABLE]
        match dataset:
            case "notices":
                if self._store.is_scoring_told():
                    return []
                doubtful = [DoubtfulRow(row, None) for row in rows if may_be_of_scoring(row)]
                return [*whole_files, *(Target(one, None) for one in doubtful)][:1]
            case "confirmations":
                return [*whole_files, *self._rows_of_clients([doubtful_declaration(row, clients) for row in rows])]
            case _:
                read = [doubtful_act(row, clients) for row in rows]
                return [*whole_files, *self._members([one for one in read if one is not None])]

    def _members(self, rows: Sequence[DoubtfulRow]) -> list[Target]:
        named, nobody = self._store.members_named(rows), (None,)
        return [
            Target(row, row.client_id, member)
            for place, row in enumerate(rows)
            for member in (sorted(named[place]) if place in named else nobody)
        ]

    def _rows_of_clients(self, rows: Sequence[DoubtfulRow]) -> list[Target]:
        named = self._store.applicants_named(rows)
        targets = []
        for place, row in enumerate(rows):
            targets += [Target(row, client, None, number) for client, number in sorted(named.get(place, ()))]
            if place not in named and (not row.row.cells or row.row.cells.get("withdrawn_at")):
                targets.append(Target(row, None))
        return targets
