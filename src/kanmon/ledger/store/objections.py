"""Objections and liftings held against the requests that the ledger has of them, person by person.

Each is a request with an entry of its own, against every use or against training alone. An objection whose row is gone
or another one still stands; a lifting that no entry tells of lifts nothing.
"""
# ruff: noqa: S608 - of fixed parts

_SAID = "CAST(w.payload AS jsonb) ->> 'type'"
_IS_SAME = f"""
    o.member_no = f.member_no AND o.action = '{{word}}'
    AND o.use IS NOT DISTINCT FROM CASE WHEN starts_with({_SAID}, 'training') THEN 'train' END
    AND normalize(o.client_id) IS NOT DISTINCT FROM CAST(w.payload AS jsonb) ->> 'client_id'
    AND o.occurred_at = CAST(CAST(w.payload AS jsonb) ->> 'received_at' AS timestamptz)
"""
# Word for word what the index that finds them has for condition and expression: `db/migrations/baseline/03_ledger.sql`.
_LOST = f"""
    SELECT FROM ledger_secret w JOIN ledger_entry e ON e.seq = w.seq AND e.type = 'request'
    WHERE right(w.payload, 11) = 'objection"}}'
      AND CAST(w.payload AS jsonb) ->> 'member_id' = (
          SELECT normalize(m.member_id) FROM member m WHERE m.member_no = f.member_no
      ) AND NOT EXISTS (
          SELECT FROM person_request r JOIN objection o USING (request_no)
          WHERE r.ledger_seq = w.seq AND {_IS_SAME.format(word="object")}
      )
"""
_FORGED = f"""
    SELECT FROM objection o WHERE o.member_no = f.member_no AND o.action = 'lift' AND NOT EXISTS (
        SELECT FROM person_request r JOIN ledger_secret w ON w.seq = r.ledger_seq
        JOIN ledger_entry e ON e.seq = w.seq AND e.type = 'request'
        WHERE r.request_no = o.request_no AND {_SAID} IN ('lifting', 'training_lifting')
          AND CAST(w.payload AS jsonb) ->> 'member_id' = (
              SELECT normalize(m.member_id) FROM member m WHERE m.member_no = f.member_no
          ) AND {_IS_SAME.format(word="lift")}
    )
"""
IS_TAMPERED = f"(EXISTS ({_LOST}) OR EXISTS ({_FORGED}))"
"""Whether an objection of the member of a row `f` was taken away or changed, or a lifting put in."""
