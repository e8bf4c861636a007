-- As much as a platform of 38 clients has after years: filled past all guards, since only pages are looked at.
SET session_replication_role = replica;
SET search_path = kanmon;
INSERT INTO client
SELECT 'X' || lpad(g::text, 3, '0'), legal_name || g, address, representative, contract, loaded_at
FROM client, generate_series(1, 38 - (SELECT count(*) FROM client)) g WHERE client_id = 'AOBA';
INSERT INTO member (member_no, member_id, season_id, registered_at, family_name, given_name, family_kana, given_kana, birth_date, email, university)
SELECT 500000 + g, 'V' || g, (SELECT max(season_id) FROM season), now() - interval '100 days', '田中', '太郎', 'タナカ', 'タロウ',
       '2004-01-01', 'v' || g || '@mail.example.jp', '東都大学'
FROM generate_series(1, 75000) g;
INSERT INTO applicant (client_id, season_id, applicant_id, "position", applied_at, as_of, stage, brought_member_no)
SELECT c.client_id, m.season_id, m.member_id, m.n, now() - interval '30 days', now() - interval '1 day', '一次面接', m.member_no
FROM (SELECT row_number() OVER (ORDER BY member_no) AS n, * FROM member WHERE member_id LIKE 'V%') m
JOIN (SELECT row_number() OVER (ORDER BY client_id) AS n, client_id FROM client) c ON c.n = 1 + m.n % 38;
INSERT INTO incident
SELECT 'I-2026-' || lpad(g::text, 4, '0'), CASE WHEN g % 3 = 0 THEN 'L' ELSE 'U' END, '掲示した文面の誤り ' || g, NULL, 'AOBA', NULL, NULL,
       now() - g * interval '6 hours' - interval '20 days', NULL, now() - g * interval '6 hours',
       now() - g * interval '6 hours', now(), 'officer', false, false, false, 1000000 + g,
       CASE WHEN g % 2 = 0 THEN sha256('set') END, CASE WHEN g % 2 = 0 THEN now() END, CASE WHEN g % 2 = 0 THEN now() END
FROM generate_series(1, 1000) g;
INSERT INTO incident_affected
SELECT i.incident_id, m.member_no, 'AOBA', m.season_id, 'never', now() - interval '30 days', 1
FROM incident i, LATERAL (SELECT * FROM member WHERE member_id LIKE 'V%' ORDER BY member_no LIMIT 20) m
WHERE i.incident_id >= 'I-2026-0001';
INSERT INTO person_request (member_no, type, method, received_at, ledger_seq)
SELECT m.member_no, (ARRAY['disclosure', 'objection', 'training_objection'])[1 + m.n % 3], 'electronic',
       now() - (m.n % 300) * interval '1 hour', 2000000 + m.n
FROM (SELECT row_number() OVER (ORDER BY member_no) AS n, * FROM member WHERE member_id LIKE 'V%' LIMIT 10000) m;
INSERT INTO gate_decision (run_id, client_id, applicant_no, use, decided_at, allowed, reasons, elements, consent_no, law_profile_id)
SELECT 'volume', client_id, applicant_no, use, now() - interval '60 days', applicant_no % 3 > 0,
       CASE WHEN applicant_no % 3 > 0 THEN '{}' ELSE '{DENY_NO_CONSENT}'::text[] END, '{}', CASE WHEN applicant_no % 3 > 0 THEN 1 END, 'jp'
FROM applicant, (VALUES ('score'), ('provide')) u (use) WHERE applicant_id LIKE 'V%' AND "position" % 40 = 0;
INSERT INTO score (run_id, client_id, applicant_no, not_scorable, computed_at)
SELECT 'volume', client_id, applicant_no, 'too_few_days', now() FROM applicant WHERE applicant_id LIKE 'V%' AND "position" % 40 = 0 AND applicant_no % 3 > 0;
INSERT INTO screen (screen_id, season_id, function, policy_id)
SELECT 'screen-' || g, season_id, function, policy_id FROM (SELECT * FROM screen LIMIT 1) s, generate_series(1, 60) g;
INSERT INTO rendering (screen_id, occurred_at, text_no, verified_by)
SELECT 'screen-' || g, now() - h * interval '6 hours', (SELECT min(text_no) + (g + h) % 7 / 6 FROM displayed_text), 'crawler'
FROM generate_series(1, 60) g, generate_series(1, 120) h;
ANALYZE;
