"""What an audit of the rows reads: the ledger's entries and the tables, by SQL of its own.

It shares the key and nothing else with what writes: the columns are those that the database itself says it has.
"""
# ruff: noqa: S608 - the SQL is put together from this module's constants and names from the catalogue

import hashlib
import json
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import text

from kanmon.audits.reconciliation.service import RowFinding, RowMismatch
from kanmon.audits.reconciliation.store.notices import of_notices
from kanmon.audits.reconciliation.store.standing import StandingRows
from kanmon.audits.reconciliation.store.training import training_lists
from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import ReadSession, WriteSession

_BATCHES = {
    "score": ("score", "score_no", ("client_id", "run_id")),
    "provision": ("provision", None, ("client_id", "provision_id")),
    "provision_record": ("provision_record", "record_no", ("client_id", "provision_id")),
    "prediction_model": ("prediction_model", None, ("client_id", "model_id")),
    "model_artefact": ("prediction_model", None, ("client_id", "model_id")),
}
"""By kind: the table, the number of a person's row in it, and what names a batch."""
_CHANGING = {"provision": {"handed_over_at"}, "prediction_model": {"artefact"}}
_ALONE = {"model_artefact": {"model_id", "artefact"}}
_TERMS = {
    "service": "id::text", "season": "season_id", "client": "client_id", "screen": "screen_id",
    "policy_version": "jsonb_build_array(policy_id, version_id, language, reading)::text",
}  # fmt: skip
_COLUMNS = text(
    """
    SELECT attname FROM pg_attribute
    WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped ORDER BY attname COLLATE "C"
    """
)
_NEWEST = text(
    """
    SELECT DISTINCT ON (said ->> 'kind', said ->> 'batch') said ->> 'kind', said -> 'batch', seq FROM (
        SELECT e.seq, CAST(s.payload AS jsonb) AS said FROM ledger_entry e JOIN ledger_secret s USING (seq)
        WHERE e.type = 'rows'
    ) entered ORDER BY said ->> 'kind', said ->> 'batch', seq DESC
    """
)
_ROWS_OF = text("SELECT payload FROM ledger_secret WHERE seq = :seq")
_NEWEST_TERMS = text(
    "SELECT payload FROM ledger_entry JOIN ledger_secret USING (seq) WHERE type = 'terms' ORDER BY seq DESC LIMIT 1"
)
# Whose row still says who it is was not erased, whatever `erased_applicant` says.
_ERASED = text(
    """
    SELECT e.applicant_no FROM erased_applicant e LEFT JOIN applicant a USING (applicant_no)
    WHERE e.client_id = :client AND num_nonnulls(a.member_no, a.cookie_id, a.family_name, a.given_name, a.family_kana,
        a.given_kana, a.birth_date, a.email, a.university) = 0
    """
)
_ARTEFACTS_ERASED = text(
    """
    SELECT model_id FROM prediction_model
    WHERE client_id = :client AND artefact IS NULL AND learned_from_erased(model_id, client_id, season_id)
    """
)
_ANSWERS = text(
    """
    SELECT run_id, use, decided_at, json_agg(json_build_array(applicant_no, consent_no, reasons) ORDER BY applicant_no)
    FROM gate_decision d WHERE client_id = :client AND decision_no NOT IN (
        SELECT unnest(decisions) FROM gate_question WHERE client_id = :client
    ) GROUP BY run_id, use, decided_at ORDER BY decided_at, use
    """
)
_ENTERED_ANSWERS = text(
    """
    SELECT said ->> 'run_id', said ->> 'use', entered_at, said ->> 'decisions_sha256',
           CAST(said ->> 'asked' AS bigint)
    FROM (
        SELECT e.entered_at, CAST(s.payload AS jsonb) AS said FROM ledger_entry e JOIN ledger_secret s USING (seq)
        WHERE e.type = 'refusals'
    ) entered WHERE said ->> 'client_id' = :client AND NOT said ? 'questions'
    """
)
_SPAN = text(
    "SELECT min(member_no), max(member_no) FROM (SELECT member_no FROM consent_act UNION ALL"
    " SELECT member_no FROM consent_seal) known"
)
_MEMBERS_AT_A_TIME = 50_000
_ACTS = """
    SELECT coalesce(a.member_no, s.member_no), m.member_id, a.acts, a.numbers, s.numbers, s.seal
    FROM (
        SELECT c.member_no, string_agg(record_send(ROW({columns}, k.new_no)), '' ORDER BY c.consent_no) AS acts,
               array_agg(c.consent_no) AS numbers
        FROM consent_act c LEFT JOIN consent_correction k ON k.old_no = c.consent_no
        WHERE c.member_no {members} GROUP BY c.member_no
    ) a
    FULL JOIN (SELECT * FROM consent_seal WHERE member_no {members}) s USING (member_no)
    LEFT JOIN member m ON m.member_no = coalesce(a.member_no, s.member_no)
"""
_LOADS = text(
    """
    WITH counted AS (
        SELECT said ->> 'kind' AS kind, CAST(one ->> 0 AS bigint) AS load_id, CAST(one ->> 1 AS bigint) AS acts
        FROM (
            SELECT CAST(s.payload AS jsonb) AS said FROM ledger_entry e JOIN ledger_secret s USING (seq)
            WHERE e.type = 'rows'
        ) entries, jsonb_array_elements(said -> 'rows') one WHERE said ->> 'kind' IN ('erased_acts', 'adopted_acts')
    ), entered AS (
        SELECT CAST(said ->> 'load_id' AS bigint) AS load_id,
               CAST(said -> 'rows' ->> 'new' AS bigint) + CAST(said -> 'rows' ->> 'replaced' AS bigint) AS acts
        FROM (
            SELECT CAST(s.payload AS jsonb) AS said FROM ledger_entry e JOIN ledger_secret s USING (seq)
            WHERE e.type = 'load'
        ) loads WHERE said ->> 'dataset' = 'consents' AND said ? 'load_id'
        UNION ALL SELECT load_id, acts FROM counted WHERE kind = 'adopted_acts'
    ), erased AS (
        SELECT load_id, sum(acts) AS acts FROM counted WHERE kind = 'erased_acts' GROUP BY 1
    ), present AS (SELECT load_id, count(*) AS acts FROM consent_act WHERE load_id IS NOT NULL GROUP BY 1)
    SELECT load_id, coalesce(n.acts, 0), coalesce(p.acts, 0) + coalesce(g.acts, 0)
    FROM entered n FULL JOIN present p USING (load_id) LEFT JOIN erased g USING (load_id)
    WHERE coalesce(n.acts, 0) <> coalesce(p.acts, 0) + coalesce(g.acts, 0)
    ORDER BY load_id
    """
)
_NAMED_ACTS = text(
    """
    SELECT consent_no, occurred_at, action, text_sha256 FROM consent_act JOIN displayed_text USING (text_no)
    WHERE consent_no = ANY (:numbers)
    """
)
_OBJECTIONS = text(
    """
    WITH known AS (
        SELECT member_no, normalize(member_id) AS member_id FROM member
        WHERE member_id IS NOT NULL AND member_no NOT IN (SELECT member_no FROM erasure)
    ), entered AS (
        SELECT seq, k.member_id, said ->> 'client_id' AS client_id, CAST(said ->> 'received_at' AS timestamptz) AS at,
               said ->> 'type' AS word
        FROM (
            SELECT e.seq, CAST(s.payload AS jsonb) AS said FROM ledger_entry e JOIN ledger_secret s USING (seq)
            WHERE e.type = 'request'
        ) requests JOIN known k ON k.member_id = said ->> 'member_id'
        WHERE said ->> 'type' IN ('objection', 'lifting', 'training_objection', 'training_lifting')
    ), present AS (
        SELECT r.ledger_seq AS seq, k.member_id, normalize(o.client_id) AS client_id, o.occurred_at AS at,
               CASE o.use WHEN 'train' THEN 'training_' ELSE '' END
                   || CASE o.action WHEN 'object' THEN 'objection' ELSE 'lifting' END AS word,
               o.objection_no
        FROM objection o JOIN known k USING (member_no) LEFT JOIN person_request r USING (request_no)
    )
    SELECT coalesce(n.member_id, p.member_id), n.seq, p.objection_no, coalesce(p.at, n.at), coalesce(p.word, n.word)
    FROM entered n FULL JOIN present p ON p.seq = n.seq
    WHERE (n.member_id, n.client_id, n.at, n.word) IS DISTINCT FROM (p.member_id, p.client_id, p.at, p.word)
    ORDER BY 1, 2, 3
    """
)
# A text that was served to somebody else is not bound: it goes with that other person.
_ANSWERED = """
    SELECT c.consent_no, m.member_id, c.member_no, c.occurred_at, c.action, d.text_sha256, c.load_id IS NOT NULL,
           c.answer_sha256, array_agg(n.action) FILTER (WHERE n.answer_no IS NOT NULL),
           array_agg(encode(sha256(record_send(ROW({columns}))), 'hex')) FILTER (WHERE n.answer_no IS NOT NULL)
    FROM consent_act c JOIN member m USING (member_no) JOIN displayed_text d USING (text_no)
    LEFT JOIN consent_answer n ON n.consent_no = c.consent_no
    LEFT JOIN served_text t ON t.served_no = n.served_no AND (t.member_id IS NULL OR t.member_id = n.member_id)
    WHERE (c.answer_sha256 IS NOT NULL OR n.answer_no IS NOT NULL)
      AND c.member_no NOT IN (SELECT member_no FROM erasure) {members}
    GROUP BY c.consent_no, m.member_id, d.text_sha256 ORDER BY c.consent_no
"""
_NOT_COVERED = {"consent_answer": {"answer_no", "consent_no", "refusal", "served_no"}, "served_text": set[str]()}
_LIVE = text(
    """
    SELECT seq, said ->> 'member_id', said ->> 'occurred_at', said ->> 'action', said ->> 'text_sha256' FROM (
        SELECT e.seq, e.type, CAST(s.payload AS jsonb) AS said FROM ledger_entry e JOIN ledger_secret s USING (seq)
        WHERE e.type IN ('consent', 'withdrawal')
    ) entered
    WHERE NOT EXISTS (
        SELECT FROM consent_act c JOIN member m USING (member_no)
        LEFT JOIN consent_entry n ON n.consent_no = c.consent_no JOIN displayed_text t ON t.text_no = c.text_no
        WHERE coalesce(c.entry_seq, n.ledger_seq) = seq
          AND (normalize(m.member_id) = said ->> 'member_id'
               OR m.member_no IN (SELECT member_no FROM erasure))  -- a locked act, whose entry keeps the ID
          AND c.action = said ->> 'action' AND normalize(c.screen_id) = said ->> 'screen_id'
          AND c.refusable IS NOT DISTINCT FROM CAST(said ->> 'refusable' AS boolean)
          AND c.given_by IS NOT DISTINCT FROM said ->> 'given_by'
          AND c.relation IS NOT DISTINCT FROM said ->> 'relation'
          AND c.occurred_at = CAST(said ->> 'occurred_at' AS timestamptz)
          AND t.text_sha256 = said ->> 'text_sha256'
          AND normalize(c.client_id) IS NOT DISTINCT FROM said ->> 'client_id'
          AND c.answer_sha256 IS NOT DISTINCT FROM said ->> 'answer_sha256'
    )
    ORDER BY seq
    """
)


class ReconciliationStore:
    """See `audits.reconciliation.service.Entered`; one transaction that only reads."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session
        self._execute = session.connection.execute

    def batches(self) -> Iterator[tuple[str, str, Mapping[str, str], Mapping[str, str]]]:
        """See `Entered`."""
        yield from self._terms()
        standing = StandingRows(self._session)
        entered = {(kind, tuple(batch)): seq for kind, batch, seq in self._execute(_NEWEST) if kind in _BATCHES}
        for client in self._execute(text("SELECT client_id FROM client ORDER BY 1")).scalars().all():
            self._session.act_for(ClientId(client))
            for kind, (table, number, names) in _BATCHES.items():
                mine = {batch: seq for (of, batch), seq in entered.items() if of == kind and batch[0] == _nfc(client)}
                yield from self._of_client(client, kind, table, number, names, mine)
            yield from self._answers(client)
            yield from training_lists(self._session, ClientId(client))
            erased = frozenset(self._execute(_ERASED, {"client": client}).scalars())
            for kind, batch, before, now in standing.batches(_nfc(client), erased):
                yield kind, " ".join(batch), before, now
        self._session.act_for(None)

    def _answers(self, client: str) -> Iterator[tuple[str, str, Mapping[str, str], Mapping[str, str]]]:
        """The gate's answers, question by question; where some went with a person who was erased, by their number."""
        erased = len(self._execute(_ERASED, {"client": client}).scalars().all())
        counts: dict[str, tuple[int, int]] = {}
        entered, present = {}, {}
        for run, use, at, digest, asked in self._execute(_ENTERED_ANSWERS, {"client": _nfc(client)}):
            entered[f"{run} {use} {at.isoformat()}"] = digest
            counts[f"{run} {use} {at.isoformat()}"] = (asked - erased, asked)
        for run, use, at, answers in self._execute(_ANSWERS, {"client": client}):
            name = f"{_nfc(run)} {use} {at.isoformat()}"
            written = json.dumps(answers, ensure_ascii=False, separators=(",", ":"))
            fewest, most = counts.get(name, (0, 0))
            is_short = erased and fewest <= len(answers) < most
            present[name] = entered[name] if is_short else hashlib.sha256(written.encode()).hexdigest()
        for name in [name for name in entered if name not in present and counts[name][0] <= 0]:
            del entered[name]  # nobody was asked about, or everybody was erased
        yield "gate_decision", client, entered, present

    def _of_client(
        self,
        client: str,
        kind: str,
        table: str,
        number: str | None,
        names: Sequence[str],
        entered: Mapping[tuple[str, ...], int],
    ) -> Iterator[tuple[str, str, Mapping[str, str], Mapping[str, str]]]:
        gone = self._excused(client, kind)
        key = names[-1] if number is None else f"applicant_no || '/' || {number}"
        columns = self._columns(kind, table)
        query = f"SELECT {', '.join(names)}, {key} AS key, record_send(ROW({columns})) AS bytes FROM {table} ORDER BY 1"
        present: dict[tuple[str, ...], dict[str, str]] = {}
        for *batch, name, content in self._execute(text(query)):
            if not gone(name):
                present.setdefault(tuple(map(_nfc, batch)), {})[_nfc(name)] = self._digest(kind, content)
        for names_of in sorted({*present, *entered}):
            seq = entered.get(names_of)
            rows = [] if seq is None else json.loads(self._execute(_ROWS_OF, {"seq": seq}).scalar_one())["rows"]
            before = {name: digest for name, digest in rows if not gone(name)}
            yield kind, " ".join(names_of), before, present.get(names_of, {})

    def _excused(self, client: str, kind: str) -> Any:
        """Whether a row, by its key, is gone or may be, since its person was erased."""
        if kind == "model_artefact":
            models = set(self._execute(_ARTEFACTS_ERASED, {"client": client}).scalars())
            return models.__contains__
        erased = set(self._execute(_ERASED, {"client": client}).scalars())

        def is_excused(name: str) -> bool:
            applicant, slash, _ = name.partition("/")
            return bool(slash) and int(applicant) in erased

        return is_excused

    def _terms(self) -> Iterator[tuple[str, str, Mapping[str, str], Mapping[str, str]]]:
        payload = self._execute(_NEWEST_TERMS).scalar_one_or_none()
        entered = {} if payload is None else {kind: dict(rows) for kind, rows in json.loads(payload)["rows"]}
        for table, key in _TERMS.items():
            found = self._execute(text(f"SELECT {key}, record_send(ROW({self._columns(table, table)})) FROM {table}"))
            present = {_nfc(name): self._digest(table, content) for name, content in found}
            yield table, "", entered.get(table, {}), present

    def acts(self) -> Iterator[RowFinding]:
        """See `Entered`."""
        columns = self._columns("acts", "consent_act", "c.")
        least, most = self._execute(_SPAN).one()
        for first in range(least, most + 1, _MEMBERS_AT_A_TIME) if least is not None else ():
            members = f"BETWEEN {first} AND {first + _MEMBERS_AT_A_TIME - 1}"
            for row in self._execute(text(_ACTS.format(columns=columns, members=members))):
                yield from self._of_member(*row)
        for load, entered, present in self._execute(_LOADS):
            fault = RowMismatch.MISSING if present < entered else RowMismatch.NOT_ENTERED
            yield RowFinding(fault, "consent_act", f"load {load}", (f"{present} / {entered}",))
        for seq, member, *named in self._execute(_LIVE):
            act = _act_named(f"entry {seq}", *named)
            yield RowFinding(RowMismatch.MISSING, "consent_act", f"member {member}", (act,))
        yield from self._answered()
        yield from self._objections()
        yield from of_notices(self._session)

    def _answered(self, members: Collection[int] | None = None) -> Iterator[RowFinding]:
        """Answers and the texts they answer, of these members or of all, against the digests that acts carry."""
        for number, name, _, at, action, words, fault in self._faults_of_answers(members):
            yield RowFinding(
                fault, "consent_answer", f"member {name}", (_act_named(f"act {number}", at.isoformat(), action, words),)
            )

    def _faults_of_answers(self, members: Collection[int] | None) -> Iterator[tuple[Any, ...]]:
        covered = [
            f'{of}."{name}"'
            for of, table in (("n", "consent_answer"), ("t", "served_text"))
            for name in self._execute(_COLUMNS, {"name": table}).scalars()
            if name not in _NOT_COVERED[table]
        ]
        among = "" if members is None else "AND c.member_no = ANY (:members)"
        query = text(_ANSWERED.format(columns=", ".join(covered), members=among))
        values = {} if members is None else {"members": list(members)}
        for *named, is_loaded, carried, actions, digests in self._execute(query, values):
            if fault := _fault_of_answer(named[4], is_loaded, carried, actions or (), digests or ()):
                yield *named, fault

    def _objections(self) -> Iterator[RowFinding]:
        """Objections and liftings against the requests that were entered."""
        for member, seq, number, at, word in self._execute(_OBJECTIONS):
            if number is None:
                fault, row = RowMismatch.MISSING, f"entry {seq}"
            else:
                fault, row = RowMismatch.NOT_ENTERED if seq is None else RowMismatch.CHANGED, str(number)
            yield RowFinding(fault, "objection", f"member {member}", (f"{row} ({at.isoformat()} {word})",))

    def unrecorded(self, members: Collection[int]) -> frozenset[int]:
        """Those of the members whose acts are not, each and all, what their seal says, or whose answers are not."""
        columns = self._columns("acts", "consent_act", "c.")
        found = self._execute(
            text(_ACTS.format(columns=columns, members="= ANY (:members)")), {"members": list(members)}
        )
        acts = frozenset(row[0] for row in found if any(self._of_member(*row)))
        return acts | {member for _, _, member, *_ in self._faults_of_answers(members)}

    def _of_member(
        self,
        number: int,
        member: str | None,
        acts: bytes | None,
        present: Sequence[int] | None,
        sealed: Sequence[int] | None,
        seal: bytes | None,
    ) -> Iterator[RowFinding]:
        now, before = set(present or ()), set(sealed or ())
        batch = f"member {member or number}"
        if seal is not None and acts is not None and self._session.rows.has_sealed("acts", bytes(acts), bytes(seal)):
            return
        if now - before:
            yield RowFinding(RowMismatch.NOT_ENTERED, "consent_act", batch, self._acts_named(now - before))
        if before - now:
            yield RowFinding(RowMismatch.MISSING, "consent_act", batch, self._acts_named(before - now))
        if now == before:
            yield RowFinding(RowMismatch.CHANGED, "consent_act", batch, self._acts_named(now))

    def _acts_named(self, numbers: Collection[int]) -> tuple[str, ...]:
        """Acts by number, moment, action and text; those that are gone by number alone."""
        found = self._execute(_NAMED_ACTS, {"numbers": list(numbers)})
        named = {number: _act_named(str(number), at.isoformat(), *rest) for number, at, *rest in found}
        return tuple(named.get(number, str(number)) for number in sorted(numbers))

    def _columns(self, kind: str, table: str, of: str = "") -> str:
        names = self._execute(_COLUMNS, {"name": table}).scalars()
        alone, changing = _ALONE.get(kind), _CHANGING.get(kind, set())
        kept = (name for name in names if (name in alone if alone else name not in changing))
        return ", ".join(f'sha256({of}"{name}")' if name == "artefact" else f'{of}"{name}"' for name in kept)

    def _digest(self, kind: str, content: bytes) -> str:
        return self._session.rows.seal(kind, bytes(content)).hex()[:32]


def _fault_of_answer(
    action: str, is_loaded: bool, carried: str | None, actions: Sequence[str], digests: Sequence[str]
) -> RowMismatch | None:
    """What is wrong with the answers of an act; `carried` is the digest that it carries.

    A withdrawal that stands answers later ones, too.
    """
    if carried is not None and carried not in digests:
        return RowMismatch.CHANGED if digests else RowMismatch.MISSING
    if carried is None and not is_loaded:
        return None
    others = [kind for kind, digest in zip(actions, digests, strict=True) if digest != carried]
    return RowMismatch.NOT_ENTERED if any({action, kind} != {"withdraw"} for kind in others) else None


def _act_named(number: str, at: str, action: str, text_sha256: str) -> str:
    """An act as it is named to people: where it stands, when, what, and the first twelve digits of its text's hash."""
    return f"{number} ({at} {action} {text_sha256[:12]})"


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)
