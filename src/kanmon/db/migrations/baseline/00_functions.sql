-- What guards the tables: append-only rows, rows of erased people, what may be set once.

CREATE FUNCTION allow_entering_decision_once() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.ledger_seq IS NULL AND NEW.ledger_seq IS NOT NULL THEN
        OLD.ledger_seq := NEW.ledger_seq;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table decision_act is append-only: only ledger_seq may be set, once'
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION allow_entering_move_once() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.ledger_seq IS NULL AND NEW.ledger_seq IS NOT NULL THEN
        OLD.ledger_seq := NEW.ledger_seq;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table stage_move is append-only: only ledger_seq may be set, once'
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION allow_entering_once() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.ledger_seq IS NULL AND NEW.ledger_seq IS NOT NULL THEN
        OLD.ledger_seq := NEW.ledger_seq;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table gate_question is append-only: only ledger_seq may be set, once'
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION allow_erasing() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
DECLARE
    is_of_erased boolean := false;
BEGIN
    IF TG_OP = 'DELETE' THEN
        EXECUTE 'SELECT ' || TG_ARGV[0] INTO is_of_erased USING OLD;
    END IF;
    IF is_of_erased THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'table % is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

COMMENT ON FUNCTION allow_erasing() IS 'Lets a row of an erased person go, by a condition on it; nothing else.';

CREATE FUNCTION allow_erasing_answers() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'DELETE' AND (
        EXISTS (SELECT FROM member JOIN erasure USING (member_no) WHERE member_id = OLD.member_id)
        OR OLD.refusal = 'MEMBER_UNKNOWN' AND NOT EXISTS (SELECT FROM member WHERE member_id = OLD.member_id)
    ) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.served_no IS NULL AND EXISTS (
        SELECT FROM served_text t JOIN member USING (member_id) JOIN erasure USING (member_no)
        WHERE t.served_no = OLD.served_no
    ) THEN
        OLD.served_no := NULL;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table consent_answer is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

COMMENT ON FUNCTION allow_erasing_answers() IS 'Also lets an answer of somebody else, to words served to the person, go on
without them: it was refused, or needed none.';

CREATE FUNCTION allow_erasing_artefact() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.artefact IS NOT NULL AND NEW.artefact IS NULL
        AND learned_from_erased(OLD.model_id, OLD.client_id, OLD.season_id) THEN
        OLD.artefact := NULL;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table prediction_model is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION allow_erasing_reads() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM account JOIN erasure USING (member_no) WHERE account_no = OLD.account_no
    ) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.subject = '' AND EXISTS (
        SELECT FROM member JOIN erasure USING (member_no) WHERE member_id = OLD.subject
    ) THEN
        OLD.subject := NEW.subject;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table score_read is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION allow_growing() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (NEW.level, NEW.index) = (OLD.level, OLD.index) AND length(NEW.hashes) > length(OLD.hashes)
        AND substring(NEW.hashes FOR length(OLD.hashes)) = OLD.hashes THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'table ledger_tile is append-only: a tile only grows' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION allow_handing_over_once() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
BEGIN
    IF OLD.handed_over_at IS NULL AND NEW.handed_over_at IS NOT NULL THEN
        OLD.handed_over_at := NEW.handed_over_at;
    ELSIF OLD.report <> NEW.report AND NEW.report = erased_report(OLD.report, OLD.client_id, OLD.season_id) THEN
        OLD.report := NEW.report;
    ELSE
        OLD.provision_id := NULL;
    END IF;
    IF OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'table provision is append-only: only handed_over_at may be set, once'
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION allow_progress_of_incident() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.closed_at IS NULL
        AND (OLD.set_sha256, OLD.closed_at) IS DISTINCT FROM (NEW.set_sha256, NEW.closed_at) THEN
        OLD.set_sha256 := NEW.set_sha256;
        OLD.computed_at := coalesce(OLD.computed_at, NEW.computed_at);
        OLD.closed_at := NEW.closed_at;
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table incident is append-only but for its set and its end: % is refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION allow_progress_of_mail() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
DECLARE
    is_settled boolean;
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM erasure WHERE member_no = OLD.member_no) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD IS DISTINCT FROM NEW THEN
        is_settled := coalesce(
            OLD.outcome = 'in_doubt'
            AND jsonb_array_length(NEW.settlements) = jsonb_array_length(OLD.settlements) + 1
            AND NEW.settlements - (-1) = OLD.settlements
            AND NEW.settlements -> -1 ->> 'choice'
                = CASE WHEN NEW.outcome IS NULL THEN 'again' WHEN NEW.outcome = 'handed_over' THEN 'delivered' END,
            false
        );
        IF is_settled THEN
            OLD.settlements := NEW.settlements;
        END IF;
        IF OLD.ended_at IS NULL OR is_settled THEN
            OLD.begun_at := NEW.begun_at;
            OLD.ended_at := NEW.ended_at;
            OLD.outcome := NEW.outcome;
            OLD.said := NEW.said;
            OLD.waits_until := NEW.waits_until;
        END IF;
        OLD.read_at := coalesce(OLD.read_at, NEW.read_at);
        IF OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table mail is append-only but for what becomes of a letter: % is refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION allow_settling_hold() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
DECLARE
    is_settling boolean := false;
BEGIN
    IF TG_OP = 'DELETE' AND names_erased(OLD) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF num_nonnulls(OLD.ended_at, OLD.member_no, OLD.applicant_no) = 0 AND NEW.member_no IS NOT NULL THEN
            is_settling := true;
            OLD.member_no := NEW.member_no;
        END IF;
        IF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL THEN
            is_settling := true;
            OLD.ended_at := NEW.ended_at;
            OLD.ended_real_at := NEW.ended_real_at;
            OLD.ended_by := NEW.ended_by;
            OLD.because := NEW.because;
            OLD.consent_no := NEW.consent_no;
            OLD.end_seq := NEW.end_seq;
        END IF;
        IF NEW.written = '' AND names_erased(OLD) THEN
            is_settling := true;
            OLD.written := '';
        END IF;
        IF is_settling AND OLD IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'table consent_hold is append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION bind_stage() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.bound_stage := nullif(NEW.stage, '');
    ELSIF EXISTS (SELECT FROM erased_applicant e WHERE e.applicant_no = NEW.applicant_no) THEN
        NEW.bound_stage := NULL;
    ELSE
        NEW.bound_stage := coalesce(OLD.bound_stage, nullif(NEW.stage, ''));
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION canonical_id(written text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$ SELECT btrim(normalize(translate(written, E'\U00000001\U00000002\U00000003\U00000004\U00000005\U00000006\U00000007\U00000008\U00000009\U0000000a\U0000000b\U0000000c\U0000000d\U0000000e\U0000000f\U00000010\U00000011\U00000012\U00000013\U00000014\U00000015\U00000016\U00000017\U00000018\U00000019\U0000001a\U0000001b\U0000001c\U0000001d\U0000001e\U0000001f\U0000007f\U00000080\U00000081\U00000082\U00000083\U00000084\U00000085\U00000086\U00000087\U00000088\U00000089\U0000008a\U0000008b\U0000008c\U0000008d\U0000008e\U0000008f\U00000090\U00000091\U00000092\U00000093\U00000094\U00000095\U00000096\U00000097\U00000098\U00000099\U0000009a\U0000009b\U0000009c\U0000009d\U0000009e\U0000009f\U000000ad\U00000600\U00000601\U00000602\U00000603\U00000604\U00000605\U0000061c\U000006dd\U0000070f\U00000890\U00000891\U000008e2\U0000180e\U0000200b\U0000200c\U0000200d\U0000200e\U0000200f\U0000202a\U0000202b\U0000202c\U0000202d\U0000202e\U00002060\U00002061\U00002062\U00002063\U00002064\U00002066\U00002067\U00002068\U00002069\U0000206a\U0000206b\U0000206c\U0000206d\U0000206e\U0000206f\U0000feff\U0000fff9\U0000fffa\U0000fffb\U000110bd\U000110cd\U00013430\U00013431\U00013432\U00013433\U00013434\U00013435\U00013436\U00013437\U00013438\U0001bca0\U0001bca1\U0001bca2\U0001bca3\U0001d173\U0001d174\U0001d175\U0001d176\U0001d177\U0001d178\U0001d179\U0001d17a\U000e0001\U000e0020\U000e0021\U000e0022\U000e0023\U000e0024\U000e0025\U000e0026\U000e0027\U000e0028\U000e0029\U000e002a\U000e002b\U000e002c\U000e002d\U000e002e\U000e002f\U000e0030\U000e0031\U000e0032\U000e0033\U000e0034\U000e0035\U000e0036\U000e0037\U000e0038\U000e0039\U000e003a\U000e003b\U000e003c\U000e003d\U000e003e\U000e003f\U000e0040\U000e0041\U000e0042\U000e0043\U000e0044\U000e0045\U000e0046\U000e0047\U000e0048\U000e0049\U000e004a\U000e004b\U000e004c\U000e004d\U000e004e\U000e004f\U000e0050\U000e0051\U000e0052\U000e0053\U000e0054\U000e0055\U000e0056\U000e0057\U000e0058\U000e0059\U000e005a\U000e005b\U000e005c\U000e005d\U000e005e\U000e005f\U000e0060\U000e0061\U000e0062\U000e0063\U000e0064\U000e0065\U000e0066\U000e0067\U000e0068\U000e0069\U000e006a\U000e006b\U000e006c\U000e006d\U000e006e\U000e006f\U000e0070\U000e0071\U000e0072\U000e0073\U000e0074\U000e0075\U000e0076\U000e0077\U000e0078\U000e0079\U000e007a\U000e007b\U000e007c\U000e007d\U000e007e\U000e007f', ''), NFKC)) $$;

COMMENT ON FUNCTION canonical_id(written text) IS 'An ID without what nobody sees, in the one form of each character.';

-- It acts for one client after the other, by the rights of whoever calls it, and for none when it ends: a page that
-- asked each client in turn took several round trips for each.
CREATE FUNCTION clients_of_member(member text) RETURNS SETOF text
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
DECLARE
    number int;
    company text;
BEGIN
    SELECT member_no INTO number FROM member m WHERE m.member_id = clients_of_member.member;
    IF number IS NULL THEN
        RETURN;
    END IF;
    FOR company IN SELECT client_id FROM client ORDER BY client_id LOOP
        PERFORM set_config('kanmon.client', company, true);
        IF EXISTS (SELECT FROM applicant WHERE member_no = number)
            OR EXISTS (SELECT FROM provision_record WHERE member_no = number)
            OR EXISTS (SELECT FROM requested_row WHERE member_no = number) THEN
            RETURN NEXT company;
        END IF;
    END LOOP;
    PERFORM set_config('kanmon.client', '', true);
END $$;

CREATE FUNCTION count_change_of_terms() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
BEGIN
    UPDATE terms_version SET version = version + 1, changed_by = pg_current_xact_id()::text::bigint
    WHERE changed_by <> pg_current_xact_id()::text::bigint;
    RETURN NULL;
END $$;

CREATE FUNCTION erase_affected(erasing integer) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
    DELETE FROM incident_affected WHERE member_no = (SELECT member_no FROM erasure WHERE erasure_no = erasing)
$$;

CREATE FUNCTION erase_due(erasing integer, acted_on date, last_report timestamp with time zone) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
DECLARE
    mine int[] := (SELECT coalesce(array_agg(applicant_no), '{}') FROM erased_applicant WHERE erasure_no = erasing);
BEGIN
    DELETE FROM provision_record WHERE applicant_no = ANY (mine) AND retain_until < acted_on;
    UPDATE erased_applicant e SET is_gone = true FROM season s
        WHERE e.applicant_no = ANY (mine) AND s.season_id = e.season_id AND s.closes_at < acted_on
          AND NOT EXISTS (SELECT FROM provision_record r WHERE r.applicant_no = e.applicant_no)
          AND NOT EXISTS (
              SELECT FROM provision p
              WHERE (p.client_id, p.season_id) = (e.client_id, e.season_id) AND p.acted_at >= last_report
          );
    PERFORM erase_of_client(erasing);
    DELETE FROM applicant
        WHERE applicant_no IN (SELECT applicant_no FROM erased_applicant WHERE erasure_no = erasing AND is_gone);
END $$;

-- Before the member's ID is gone: the guard knows the person by it.
CREATE FUNCTION erase_holds(erasing integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
DECLARE
    person int := (SELECT member_no FROM erasure WHERE erasure_no = erasing);
    known_as text := (SELECT member_id FROM member WHERE member_no = person);
BEGIN
    DELETE FROM consent_hold h WHERE member_no = person
        OR num_nonnulls(member_no, applicant_no) = 0
            AND (named = canonical_id(known_as) OR position(known_as IN written) > 0);
    UPDATE consent_hold SET written = '' WHERE written <> '' AND position(known_as IN written) > 0;
END $$;

CREATE FUNCTION erase_holds_of_client(erasing integer) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
    DELETE FROM consent_hold h USING erased_applicant e
        WHERE e.erasure_no = erasing AND e.applicant_no = h.applicant_no;
$$;

CREATE FUNCTION erase_mail(erasing integer) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
    DELETE FROM mail WHERE member_no = (SELECT member_no FROM erasure WHERE erasure_no = erasing)
$$;

-- Each acts for the client that the transaction acts for, or for none. The answers go before the acts they rest on, the
-- member's ID last: the guards know the person by it.
CREATE FUNCTION erase_notices_of_client(erasing integer) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
    DELETE FROM second_look USING person_request JOIN erasure USING (member_no)
        WHERE second_look.request_no = person_request.request_no AND erasure_no = erasing;
    DELETE FROM disputed_score USING person_request JOIN erasure USING (member_no)
        WHERE disputed_score.request_no = person_request.request_no AND erasure_no = erasing;
    DELETE FROM stale_notice USING person_request JOIN erasure USING (member_no)
        WHERE stale_notice.request_no = person_request.request_no AND erasure_no = erasing;
    DELETE FROM stale_score USING person_request JOIN erasure USING (member_no)
        WHERE stale_score.request_no = person_request.request_no AND erasure_no = erasing;
$$;

-- Each acts for the client that the transaction acts for, under its row-level security like everybody.
CREATE FUNCTION erase_of_client(erasing integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
DECLARE
    mine int[] := (SELECT coalesce(array_agg(applicant_no), '{}') FROM erased_applicant WHERE erasure_no = erasing);
    person int := (SELECT member_no FROM erasure WHERE erasure_no = erasing);
BEGIN
    DELETE FROM link_candidate WHERE member_no = person
        OR link_no IN (SELECT link_no FROM link WHERE applicant_no = ANY (mine) OR member_no = person);
    DELETE FROM link WHERE applicant_no = ANY (mine) OR member_no = person;
    DELETE FROM score WHERE applicant_no = ANY (mine);
    DELETE FROM gate_decision WHERE applicant_no = ANY (mine);
    DELETE FROM outcome WHERE applicant_no = ANY (mine);
    DELETE FROM client_decision WHERE applicant_no = ANY (mine);
    DELETE FROM recipient_consent WHERE applicant_no = ANY (mine);
    UPDATE prediction_model SET artefact = NULL
        WHERE artefact IS NOT NULL AND learned_from_erased(model_id, client_id, season_id);
    WITH changed AS (
        UPDATE provision SET report = erased_report(report, client_id, season_id)
        WHERE season_id IN (SELECT season_id FROM erased_applicant WHERE erasure_no = erasing)
          AND report <> erased_report(report, client_id, season_id)
        RETURNING provision_id, client_id
    )
    INSERT INTO erasure_rendering (provision_id, client_id) SELECT * FROM changed ON CONFLICT DO NOTHING;
    UPDATE applicant a SET
        brought_member_no = NULL, linked_member_no = NULL, cookie_id = NULL, stage = NULL, family_name = NULL,
        given_name = NULL, family_kana = NULL, given_kana = NULL, birth_date = NULL, email = NULL, university = NULL,
        applied_at = s.opens_at, as_of = s.opens_at
    FROM season s WHERE s.season_id = a.season_id AND applicant_no = ANY (mine);
END $$;

CREATE FUNCTION erase_of_member(erasing integer, kept bigint[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
DECLARE
    person int := (SELECT member_no FROM erasure WHERE erasure_no = erasing);
    acts bigint[] := (
        SELECT coalesce(array_agg(consent_no), '{}') FROM consent_act
        WHERE member_no = person AND consent_no <> ALL (kept)
    );
BEGIN
    DELETE FROM consent_correction WHERE old_no = ANY (acts) OR new_no = ANY (acts);
    DELETE FROM consent_entry WHERE consent_no = ANY (acts);
    DELETE FROM consent_act WHERE consent_no = ANY (acts);
    DELETE FROM notice WHERE member_no = person;
    DELETE FROM score_read WHERE account_no IN (SELECT account_no FROM account WHERE member_no = person);
    UPDATE score_read SET subject = '' WHERE subject = (SELECT member_id FROM member WHERE member_no = person);
    DELETE FROM sign_in_failure
        WHERE name_sha256 IN (SELECT sha256(convert_to(name, 'UTF8')) FROM account WHERE member_no = person);
    DELETE FROM sign_in_session WHERE account_no IN (SELECT account_no FROM account WHERE member_no = person);
    DELETE FROM account WHERE member_no = person;
    UPDATE member m SET
        member_id = 'erased/' || member_no, registered_at = s.opens_at, family_name = NULL, given_name = NULL,
        family_kana = NULL, given_kana = NULL, birth_date = NULL, email = NULL, university = NULL, phone = NULL
    FROM season s WHERE s.season_id = m.season_id AND m.member_no = person;
END $$;

CREATE FUNCTION erase_rights_of_member(erasing integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
DECLARE
    person int := (SELECT member_no FROM erasure WHERE erasure_no = erasing);
    named text := (SELECT member_id FROM member WHERE member_no = person);
    requests bigint[] := (SELECT coalesce(array_agg(request_no), '{}') FROM person_request WHERE member_no = person);
    visitors text[] := (
        SELECT coalesce(array_agg(t.visitor_id), '{}') FROM served_text t JOIN consent_answer a USING (served_no)
        WHERE a.member_id = named AND t.visitor_id IS NOT NULL
    );
BEGIN
    DELETE FROM consent_answer WHERE member_id = named;
    UPDATE consent_answer SET served_no = NULL
        WHERE served_no IN (SELECT served_no FROM served_text WHERE member_id = named);
    DELETE FROM served_text WHERE member_id = named;
    DELETE FROM served_text t WHERE visitor_id = ANY (visitors)
        AND NOT EXISTS (SELECT FROM consent_answer a WHERE a.served_no = t.served_no);
    DELETE FROM objection WHERE member_no = person;
    DELETE FROM history_correction WHERE member_no = person;
    DELETE FROM request_content WHERE request_no = ANY (requests) OR lower(btrim(content ->> 'contact')) IN (
        SELECT lower(reached_at) FROM member CROSS JOIN unnest(ARRAY[email, phone]) reached_at WHERE member_no = person
    );
    DELETE FROM request_decision WHERE request_no = ANY (requests);
    DELETE FROM person_request WHERE request_no = ANY (requests);
END $$;

CREATE FUNCTION erased_report(said jsonb, whose text, season text) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
    SELECT jsonb_set(said, '{rows}', coalesce(jsonb_agg(
        CASE WHEN e.applicant_no IS NULL THEN r.line
             ELSE (r.line - 'sealed') || '{"score": null, "category": null}' END
        ORDER BY r.place
    ) FILTER (WHERE e.is_gone IS NOT TRUE), '[]'))
    FROM jsonb_array_elements(said -> 'rows') WITH ORDINALITY r (line, place)
    LEFT JOIN (
        SELECT a.applicant_id, a.applicant_no, e.is_gone FROM applicant a JOIN erased_applicant e USING (applicant_no)
        WHERE a.client_id = whose AND a.season_id = season
    ) e ON e.applicant_id = r.line ->> 'applicant_id'
$$;

COMMENT ON FUNCTION erased_report(said jsonb, whose text, season text) IS 'A report in which an erased person has no score, like any other without one.';

CREATE FUNCTION forget_answers(named text, code text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM erasure WHERE person_sha256 = sha256(convert_to(code || '|' || named, 'UTF8'))) THEN
        DELETE FROM consent_answer WHERE member_id = named AND refusal = 'MEMBER_UNKNOWN';
    END IF;
END $$;

COMMENT ON FUNCTION forget_answers(named text, code text) IS 'Late answers of somebody erased, by whoever can show that it is this person.';

CREATE FUNCTION forget_received(numbers bigint[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
    DELETE FROM received_event WHERE event_no = ANY (numbers) AND collected_at IS NULL
$$;

CREATE FUNCTION gather_statistics(loaded regclass) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
BEGIN
    EXECUTE format('ANALYZE %s', loaded);
END $$;

COMMENT ON FUNCTION gather_statistics(loaded regclass) IS 'Fresh statistics after a load, which only the owner of a table may gather.';

CREATE FUNCTION keep_last_registration() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.last_registered_at := greatest(OLD.last_registered_at, OLD.registered_at);
    RETURN NEW;
END $$;

CREATE FUNCTION learned_from_erased(model text, client text, season text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
    SELECT EXISTS (
        SELECT FROM erased_applicant e
        WHERE e.client_id = client AND e.season_id = season AND (
            EXISTS (SELECT FROM model_training t WHERE (t.model_id, t.applicant_no) = (model, e.applicant_no))
            OR NOT EXISTS (SELECT FROM model_training t WHERE t.model_id = model)
        )
    )
$$;

COMMENT ON FUNCTION learned_from_erased(model text, client text, season text) IS 'A model whose training set nobody recorded may have learned from anybody.';

CREATE FUNCTION note_decision() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' OR (OLD.decision, OLD.decided_at) IS DISTINCT FROM (NEW.decision, NEW.decided_at) THEN
        INSERT INTO decision_act
            (client_id, applicant_no, stage, decision, decided_at, changes, recorded_at, salt)
        VALUES (
            NEW.client_id, NEW.applicant_no, NEW.stage, NEW.decision, NEW.decided_at,
            CASE WHEN TG_OP = 'UPDATE' THEN OLD.decision END, clock_timestamp(), gen_random_uuid()
        );
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION note_stage_move() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM erased_applicant e WHERE e.applicant_no = NEW.applicant_no) THEN
        DELETE FROM stage_move WHERE applicant_no = NEW.applicant_no;
    ELSE
        INSERT INTO stage_move (client_id, applicant_no, moved_from, moved_to, moved_at, salt)
        VALUES (NEW.client_id, NEW.applicant_no, OLD.stage, NEW.stage, clock_timestamp(), gen_random_uuid());
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION note_terms() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
DECLARE
    content jsonb := to_jsonb(NEW) - 'loaded_at';
BEGIN
    IF TG_OP = 'INSERT' OR content IS DISTINCT FROM to_jsonb(OLD) - 'loaded_at' THEN
        INSERT INTO terms_reading (of_table, name, content)
        VALUES (TG_TABLE_NAME, coalesce(content ->> TG_ARGV[0], ''), content);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION require_entry() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'kanmon', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_entry WHERE seq = NEW.entry_seq AND type IN ('consent', 'withdrawal')) THEN
        RAISE EXCEPTION 'an act of consent needs an entry of its own in the ledger: there is no entry %', NEW.entry_seq
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.action = 'accept' AND NEW.answer_sha256 IS NULL OR NEW.answer_sha256 IS DISTINCT FROM (
        SELECT CAST(payload AS jsonb) ->> 'answer_sha256' FROM ledger_secret WHERE seq = NEW.entry_seq
    ) THEN
        RAISE EXCEPTION 'an act of consent that was taken live carries the answer that its entry names: entry %',
            NEW.entry_seq USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

GRANT ALL ON FUNCTION canonical_id(written text) TO kanmon_app;

REVOKE ALL ON FUNCTION count_change_of_terms() FROM PUBLIC;

REVOKE ALL ON FUNCTION erase_affected(erasing integer) FROM PUBLIC;
GRANT ALL ON FUNCTION erase_affected(erasing integer) TO kanmon_app;

REVOKE ALL ON FUNCTION erase_due(erasing integer, acted_on date, last_report timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION erase_due(erasing integer, acted_on date, last_report timestamp with time zone) TO kanmon_app;

REVOKE ALL ON FUNCTION erase_holds(erasing integer) FROM PUBLIC;
GRANT ALL ON FUNCTION erase_holds(erasing integer) TO kanmon_app;

REVOKE ALL ON FUNCTION erase_holds_of_client(erasing integer) FROM PUBLIC;
GRANT ALL ON FUNCTION erase_holds_of_client(erasing integer) TO kanmon_app;

REVOKE ALL ON FUNCTION erase_mail(erasing integer) FROM PUBLIC;
GRANT ALL ON FUNCTION erase_mail(erasing integer) TO kanmon_app;

REVOKE ALL ON FUNCTION erase_notices_of_client(erasing integer) FROM PUBLIC;
GRANT ALL ON FUNCTION erase_notices_of_client(erasing integer) TO kanmon_app;

REVOKE ALL ON FUNCTION erase_of_client(erasing integer) FROM PUBLIC;
GRANT ALL ON FUNCTION erase_of_client(erasing integer) TO kanmon_app;

REVOKE ALL ON FUNCTION erase_of_member(erasing integer, kept bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION erase_of_member(erasing integer, kept bigint[]) TO kanmon_app;

REVOKE ALL ON FUNCTION erase_rights_of_member(erasing integer) FROM PUBLIC;
GRANT ALL ON FUNCTION erase_rights_of_member(erasing integer) TO kanmon_app;

REVOKE ALL ON FUNCTION forget_answers(named text, code text) FROM PUBLIC;
GRANT ALL ON FUNCTION forget_answers(named text, code text) TO kanmon_app;

REVOKE ALL ON FUNCTION forget_received(numbers bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION forget_received(numbers bigint[]) TO kanmon_app;

REVOKE ALL ON FUNCTION gather_statistics(loaded regclass) FROM PUBLIC;
GRANT ALL ON FUNCTION gather_statistics(loaded regclass) TO kanmon_app;
