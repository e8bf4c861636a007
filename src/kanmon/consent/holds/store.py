"""Holds in PostgreSQL: whom a row that can't be read may name, what stands, and what ends it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
from sqlalchemy import ARRAY, LargeBinary, Text, bindparam, text

from kanmon.consent.doubtful import LONGEST, DoubtfulRow, RefusedRow
from kanmon.consent.holds.service import ConsentHold, HoldCounts, Moment, RowOrigin, Target
from kanmon.core.ids import ApplicantNo, ClientId, EvidenceId, MemberNo
from kanmon.db.bulk import copy_rows
from kanmon.db.locks import hold_consents, moment
from kanmon.db.unit_of_work import ReadSession, WriteSession

_NAMES = "CREATE TEMP TABLE IF NOT EXISTS doubtful_name (place int, rank int, name text) ON COMMIT DROP"
_MEMBERS = text(
    """
    SELECT DISTINCT ON (place, member_no) place, rank, member_no
    FROM doubtful_name JOIN member ON canonical_id(member_id) = name ORDER BY place, member_no, rank
    """
)
_APPLICANTS = text(
    """
    SELECT canonical_id(applicant_id), canonical_id(season_id), applicant_no FROM applicant
    WHERE client_id = :client AND canonical_id(applicant_id) = ANY (:names)
    """
).bindparams(bindparam("names", type_=ARRAY(Text)))
_SETTLED = text(
    """
    SELECT row_sha256, coalesce(member_no, 0), coalesce(applicant_no, 0), coalesce(client_id, '') FROM consent_hold
    WHERE dataset = :dataset AND row_sha256 = ANY (:hashes)
      AND (ended_at IS NULL OR moment IS NOT NULL OR (file_sha256 = :file AND file_sha256 <> ''))
    """
).bindparams(bindparam("hashes", type_=ARRAY(LargeBinary)))
_STANDING = text(
    """
    SELECT count(DISTINCT row_sha256) FILTER (WHERE num_nonnulls(member_no, applicant_no) = 1),
           count(DISTINCT row_sha256) FILTER (WHERE num_nonnulls(member_no, applicant_no) = 0)
    FROM consent_hold WHERE dataset = :dataset AND ended_at IS NULL AND row_sha256 = ANY (:hashes)
    """
).bindparams(bindparam("hashes", type_=ARRAY(LargeBinary)))
_COLUMNS = (
    "row_sha256", "member_no", "applicant_no", "client_id", "dataset", "source", "file_sha256", "line", "written",
    "at_column", "fault", "named", "action", "moment", "screen_id", "text_sha256", "is_client_read", "after_no",
    "held_at", "real_at", "ledger_seq",
)  # fmt: skip
_LAST_ACT = text("SELECT coalesce(max(consent_no), 0) FROM consent_act")
# Members of whom an alert tells: the first takes the alert over, each further one gets a hold that says the same.
_CLAIM = text(
    f"""
    WITH named AS (
        SELECT h.hold_no, m.member_no, row_number() OVER (PARTITION BY h.hold_no ORDER BY m.member_no) AS turn
        FROM consent_hold h JOIN member m ON canonical_id(m.member_id) = h.named
        WHERE h.ended_at IS NULL AND num_nonnulls(h.member_no, h.applicant_no) = 0 AND h.dataset <> 'confirmations'
    ), further AS (
        INSERT INTO consent_hold ({", ".join(_COLUMNS)})
        SELECT {", ".join("n.member_no" if name == "member_no" else f"h.{name}" for name in _COLUMNS)}
        FROM consent_hold h JOIN named n USING (hold_no) WHERE n.turn > 1
    )
    UPDATE consent_hold h SET member_no = n.member_no FROM named n WHERE n.hold_no = h.hold_no AND n.turn = 1
    """  # noqa: S608 - of fixed parts
)
# See `consent.holds.service.Holding.mend`.
_MENDED = text(
    """
    SELECT DISTINCT ON (h.hold_no) h.hold_no, c.consent_no
    FROM consent_hold h JOIN consent_act c ON c.member_no = h.member_no AND c.consent_no > h.after_no
    JOIN displayed_text t USING (text_no)
    WHERE h.ended_at IS NULL AND h.dataset = :dataset AND h.row_sha256 <> ALL (:still)
      AND coalesce(h.action, c.action) = c.action
      AND coalesce(h.moment, c.occurred_at) = c.occurred_at
      AND coalesce(h.screen_id, c.screen_id) = c.screen_id
      AND coalesce(h.text_sha256, t.text_sha256) = t.text_sha256
      AND (NOT h.is_client_read OR h.client_id IS NOT DISTINCT FROM c.client_id)
      AND (h.moment IS NOT NULL OR c.action <> 'accept' AND NOT EXISTS (
          SELECT FROM consent_act later
          WHERE later.member_no = c.member_no AND later.action = 'accept' AND later.occurred_at >= c.occurred_at
      ))
    ORDER BY h.hold_no, c.consent_no DESC
    """
).bindparams(bindparam("still", type_=ARRAY(LargeBinary)))
_OPEN_ROWS = text(
    """
    SELECT h.hold_no, a.applicant_id, a.season_id FROM consent_hold h JOIN applicant a USING (applicant_no)
    WHERE h.ended_at IS NULL AND h.row_sha256 <> ALL (:still) AND a.client_id = :client
    """
).bindparams(bindparam("still", type_=ARRAY(LargeBinary)))
_ALERTS = text(
    """
    SELECT hold_no FROM consent_hold
    WHERE ended_at IS NULL AND dataset = :dataset AND num_nonnulls(member_no, applicant_no) = 0
    """
)
_END = text(
    """
    UPDATE consent_hold SET ended_at = :at, ended_real_at = :real, end_seq = :seq, ended_by = :person,
        because = :because, consent_no = :act
    WHERE hold_no = :number
    """
)
_COUNT = text(
    """
    SELECT count(DISTINCT member_no) + count(DISTINCT applicant_no),
           count(*) FILTER (WHERE num_nonnulls(member_no, applicant_no) = 0)
    FROM consent_hold WHERE ended_at IS NULL
    """
)
_LISTED = """
    SELECT h.hold_no, m.member_id, h.applicant_no, h.client_id, h.dataset, h.source, h.line, h.written, h.at_column,
           h.fault, h.held_at, h.ledger_seq, h.ended_at, h.ended_by, h.because, h.consent_no, h.end_seq
    FROM consent_hold h LEFT JOIN member m USING (member_no) {where}
    ORDER BY num_nonnulls(h.member_no, h.applicant_no), h.hold_no
"""
_APPLICANT_IDS = text("SELECT applicant_no, applicant_id FROM applicant WHERE applicant_no = ANY (:numbers)")


class HoldRecords:
    """Who is on hold, read in one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session
        self._connection = session.connection

    def clients(self) -> Sequence[ClientId]:
        """Every client there is."""
        return [ClientId(one) for one in self._connection.scalars(text("SELECT client_id FROM client ORDER BY 1"))]

    def is_any_open(self) -> bool:
        """Whether any hold or alert stands."""
        return bool(self._connection.scalar(text("SELECT EXISTS (SELECT FROM consent_hold WHERE ended_at IS NULL)")))

    def count(self) -> HoldCounts:
        """How many people, or rows of clients, are on hold, and how many alerts stand."""
        return HoldCounts(*self._connection.execute(_COUNT).one())

    def listed(self, *, with_ended: bool) -> Sequence[ConsentHold]:
        """All that stand, alerts first, then by number; those that ended as well if asked."""
        where = "" if with_ended else "WHERE ended_at IS NULL"
        rows = self._connection.execute(text(_LISTED.format(where=where))).all()
        names = self._applicant_ids({row.applicant_no: row.client_id for row in rows if row.applicant_no is not None})
        return [
            ConsentHold(row[0], row[1], names.get(row.applicant_no), *row[3:])  # an erased row has no name left
            for row in rows
        ]

    def _applicant_ids(self, clients: Mapping[int, str]) -> dict[int, str]:
        found: dict[int, str] = {}
        for client in sorted(set(clients.values())):
            self._session.act_for(ClientId(client))
            numbers = [number for number, whose in clients.items() if whose == client]
            found.update(tuple(row) for row in self._connection.execute(_APPLICANT_IDS, {"numbers": numbers}))
        self._session.act_for(None)
        return found


class PostgresHoldStore(HoldRecords):
    """See `consent.holds.service.HoldStore`; one transaction."""

    _session: WriteSession

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)

    def hold(self) -> datetime:
        """Hold the consents alone until the transaction ends, unless it only tries something; from when on."""
        return hold_consents(self._connection) if self._session.is_kept else moment(self._connection)

    def members_named(self, rows: Sequence[DoubtfulRow]) -> Mapping[int, Collection[MemberNo]]:
        """The members that each row names: in its own cell or, where that names none, anywhere in it."""
        self._connection.exec_driver_sql(_NAMES)
        self._connection.exec_driver_sql("TRUNCATE doubtful_name")
        copy_rows(self._connection, "doubtful_name", ("place", "rank", "name"), _names(rows))
        self._connection.exec_driver_sql("ANALYZE doubtful_name")
        found: defaultdict[int, defaultdict[int, set[MemberNo]]] = defaultdict(lambda: defaultdict(set))
        for place, rank, member in self._connection.execute(_MEMBERS):
            found[place][rank].add(MemberNo(member))
        return {place: ranked[min(ranked)] for place, ranked in found.items()}

    def applicants_named(self, rows: Sequence[DoubtfulRow]) -> Mapping[int, Collection[tuple[ClientId, ApplicantNo]]]:
        """Likewise the clients' rows that each row of `confirmations` names."""
        found: defaultdict[int, set[tuple[ClientId, ApplicantNo]]] = defaultdict(set)
        for client in self.clients():
            mine = [(place, row) for place, row in enumerate(rows) if not row.is_client_read or row.client_id == client]
            names = sorted({name for _, row in mine for name in ({row.named} if row.named else row.row.words)})
            self._session.act_for(client)
            by_name: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
            for name, season, number in self._connection.execute(_APPLICANTS, {"client": client, "names": names}):
                by_name[name].append((season, number))
            for place, row in mine:
                for name in {row.named} if row.named else row.row.words:
                    candidates = by_name.get(name or "", [])
                    of_season = [one for one in candidates if one[0] == row.season]
                    found[place].update((client, ApplicantNo(number)) for _, number in of_season or candidates)
        self._session.act_for(None)
        return {place: numbers for place, numbers in found.items() if numbers}

    def is_scoring_told(self) -> bool:
        """Whether a notice of scoring is known."""
        return bool(self._connection.scalar(text("SELECT EXISTS (SELECT FROM notice WHERE kind = 'scoring')")))

    def new(self, origin: RowOrigin, targets: Sequence[Target]) -> Sequence[Target]:
        """Those targets that don't stand already, and that nobody has settled for that very row.

        A row whose moment can't be read may say something new in another file, though it looks the same.
        """
        keys = {_key(target, origin.dataset): target for target in targets}
        asked = {"dataset": origin.dataset, "hashes": list({key[0] for key in keys}), "file": origin.file_sha256}
        for row_sha256, *rest in self._connection.execute(_SETTLED, asked):
            keys.pop((bytes(row_sha256), *rest), None)
        return list(keys.values())

    def add(self, origin: RowOrigin, targets: Sequence[Target], moment: Moment, ledger_seq: int) -> None:
        """Put them on hold."""
        after = self._connection.execute(_LAST_ACT).scalar_one()
        self._session.copy(
            "consent_hold", _COLUMNS, (_values(origin, one, moment, ledger_seq, after) for one in targets)
        )

    def standing(self, dataset: str, rows: Sequence[RefusedRow]) -> HoldCounts:
        """How many of these rows hold somebody, and how many are alerts."""
        hashes = list({row.sha256(dataset) for row in rows})
        return HoldCounts(*self._connection.execute(_STANDING, {"dataset": dataset, "hashes": hashes}).one())

    def claim(self) -> int:
        """Tie alerts to members whom they name and who are known by now."""
        return self._connection.execute(_CLAIM).rowcount

    def mended_acts(self, dataset: str, still: Collection[bytes]) -> Sequence[tuple[int, EvidenceId]]:
        """Open holds and the later act that mends each, apart from rows of hash `still`."""
        found = self._connection.execute(_MENDED, {"dataset": dataset, "still": list(still)})
        return [(number, EvidenceId(act)) for number, act in found]

    def mended_declarations(self, taken: Path, refused: Collection[int], still: Collection[bytes]) -> Sequence[int]:
        """Open holds of clients' rows that a staged file names anew, in lines that were not refused."""
        columns = ["line", "client_id", "applicant_id", "season"]
        rows = pq.read_table(taken, columns=columns).to_pylist()
        named = {tuple(row[name] for name in columns[1:]) for row in rows if row["line"] not in refused}
        ended: list[int] = []
        for client in self.clients():
            self._session.act_for(client)
            found = self._connection.execute(_OPEN_ROWS, {"client": client, "still": list(still)})
            ended += [number for number, applicant, season in found if (client, applicant, season) in named]
        self._session.act_for(None)
        return ended

    def open_alerts(self, dataset: str) -> Sequence[int]:
        """Alerts of a table that stand."""
        return list(self._connection.scalars(_ALERTS, {"dataset": dataset}))

    def end(
        self, ended: Mapping[int, EvidenceId | None], moment: Moment, seq: int, person: str | None, because: str | None
    ) -> None:
        """End holds, each with the act that mended it."""
        same = {"at": moment.at, "real": moment.real, "seq": seq, "person": person, "because": because}
        self._connection.execute(_END, [{**same, "number": number, "act": act} for number, act in ended.items()])


def _names(rows: Sequence[DoubtfulRow]) -> Iterable[tuple[int, int, str]]:
    for place, row in enumerate(rows):
        if row.named:
            yield place, 0, row.named
        yield from ((place, 1, word) for word in row.row.words if word != row.named)


def _key(target: Target, dataset: str) -> tuple[bytes, int, int, str]:
    row = target.doubtful.row
    return row.sha256(dataset), target.member_no or 0, target.applicant_no or 0, target.client_id or ""


def _values(origin: RowOrigin, target: Target, moment: Moment, ledger_seq: int, after: int) -> tuple[object, ...]:
    doubtful, row = target.doubtful, target.doubtful.row
    return (
        row.sha256(origin.dataset), target.member_no, target.applicant_no, target.client_id, origin.dataset,
        origin.source, origin.file_sha256, row.line, _kept(row.text), row.column, row.fault, doubtful.named,
        doubtful.action, doubtful.moment, doubtful.screen_id, doubtful.text_sha256, doubtful.is_client_read, after,
        moment.at, moment.real, ledger_seq,
    )  # fmt: skip


def _kept(written: str) -> str:
    """What PostgreSQL can keep of a row."""
    return written[:LONGEST].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
