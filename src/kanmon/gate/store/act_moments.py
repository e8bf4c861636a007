"""Between which moments an act of consent may have happened, and what it contradicts: parts of the gate's query.

An agreement counts from its latest possible moment, a withdrawal or refusal from its earliest; what ends an agreement
ends every one that may have come before it.
"""
# ruff: noqa: S608 - of fixed parts

LATEST = "coalesce(c.latest_at, c.occurred_at)"
"""The last moment at which an act `c` may have happened."""
COUNTS_FROM = "least(c.occurred_at, c.known_at)"
"""The first moment from which an act `c` that ends agreements counts: one dated ahead counts once it is known."""
# A withdrawal presupposes an agreement. Where no file tells of one before it, the clocks that wrote the two differ.
ENDS_UNTIL = f"""{LATEST} + CASE
    WHEN c.action = 'withdraw' AND c.known_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM consent_act g
        WHERE g.member_no = c.member_no AND g.action = 'accept' AND g.occurred_at <= {LATEST}
    ) THEN interval '1 day' ELSE interval '0' END"""
"""Until when an agreement may have come before an act `c` that ends agreements."""

WORDS = """words AS MATERIALIZED (
    SELECT t.text_no, min(v.effective_from) AS effective_from, min(greatest(v.effective_from, r.at)) AS count_from
    FROM displayed_text t JOIN (
        SELECT DISTINCT ON (policy_id, version_id, language) policy_id, version_id, text_sha256, effective_from
        FROM policy_version ORDER BY policy_id, version_id, language, reading DESC
    ) v USING (text_sha256)
    LEFT JOIN (
        SELECT policy_id, version_id, min(acted_at) AS at FROM revision JOIN revision_step USING (revision_no)
        WHERE act = 'activate' GROUP BY 1, 2
    ) r USING (policy_id, version_id)
    GROUP BY 1
), given_up AS MATERIALIZED (
    SELECT n.consent_no FROM revision r
    JOIN revision_step d ON d.revision_no = r.revision_no AND d.act = 'deploy'
    JOIN revision_step a ON a.revision_no = r.revision_no AND a.act = 'abandon'
    JOIN served_text t ON (t.policy_id, t.version_id) = (r.policy_id, r.version_id)
        AND t.served_at BETWEEN d.acted_at AND a.acted_at
    JOIN consent_answer n USING (served_no)
), shown AS MATERIALIZED (
    SELECT screen_id, coalesce(shown_from, opens_at) AS begins_at, shown_to AS ends_at,
           CASE function WHEN 'member_registration' THEN interval '1 day' ELSE interval '0' END AS flow
    FROM screen JOIN season USING (season_id)
)"""
"""Common tables: from when on the words of each displayed text were in force, and from when on agreements to them
count, which is not before their revision was active; the acts on words of a revision that was given up while it was
rolled out; when each screen was shown, and how long before there is an account people may agree on it."""
# The limits keep PostgreSQL from hashing a few acts for each person: it looks through the few screens and texts.
KNOWN_OF_ACTS = """
    LEFT JOIN LATERAL (SELECT * FROM shown WHERE shown.screen_id = c.screen_id LIMIT 1) s ON true
    LEFT JOIN LATERAL (SELECT * FROM words WHERE words.text_no = c.text_no LIMIT 1) w ON true
"""
"""Joins what is known of the screen and the words of acts `c`."""
_BEGUN_AT = "(greatest(m.registered_at, m.last_registered_at) - coalesce(s.flow, interval '0'))"
# What a member's ID came to mean more than a day after the moment asked says nothing of that moment.
# Words that this platform served before they were in force count from then on; a file can't have shown them.
CONTRADICTIONS = f"""nullif(concat_ws(',',
    CASE WHEN c.occurred_at < {_BEGUN_AT} AND {_BEGUN_AT} <= :asked_at + interval '1 day'
        THEN 'before_registration' END,
    CASE WHEN (c.occurred_at < w.count_from AND :asked_at < w.count_from)
        OR (c.occurred_at < w.effective_from AND NOT EXISTS (
            SELECT FROM consent_answer n WHERE n.consent_no = c.consent_no AND n.served_no IS NOT NULL))
        OR c.consent_no IN (SELECT consent_no FROM given_up)
        THEN 'before_words' END,
    CASE WHEN c.occurred_at < s.begins_at OR {LATEST} >= s.ends_at THEN 'outside_screen' END,
    CASE WHEN c.occurred_at > c.known_at THEN 'in_the_future' END
), '')"""
"""What speaks against an agreement `c` of a member `m`: names of `gate.decision.Contradiction`, by commas, or null."""
_COMES_OF_AGE = "CAST(m.birth_date + interval '16 years' AS timestamp) AT TIME ZONE 'Asia/Tokyo'"
WAS_UNDER_16 = f"(c.occurred_at < {_COMES_OF_AGE})"
"""Whether a member `m` was under 16 at the earliest moment of an act `c`; null where the birth date is not known."""
IS_UNDER_16 = f"(:asked_at < {_COMES_OF_AGE})"
"""Whether a member `m` is under 16 at the moment asked."""
GIVER = """CASE
    WHEN coalesce(c.given_by, 'person') = 'person' AND c.relation IS NULL THEN 'person'
    WHEN c.given_by = 'representative' AND c.relation IS NOT NULL THEN 'representative'
    ELSE 'unproved' END"""
"""Who gave an agreement `c`: a `gate.decision.Giver`."""
