-- Tables of keys.

-- A key lies outside of the database; what it must be stands here, so that a lost one is never taken for a first one.
CREATE TABLE control_plane (
    is_here boolean NOT NULL,
    identity text NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT control_plane_is_here_check CHECK (is_here),
    CONSTRAINT control_plane_pkey PRIMARY KEY (is_here)
);
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON control_plane FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE control_plane ENABLE ALWAYS TRIGGER guard_truncate;
CREATE TRIGGER guard_update_or_delete BEFORE DELETE OR UPDATE ON control_plane FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE control_plane ENABLE ALWAYS TRIGGER guard_update_or_delete;
GRANT SELECT ON TABLE control_plane TO kanmon_app;

CREATE TABLE kept_key (
    kind text NOT NULL,
    fingerprint text NOT NULL,
    noted_at timestamptz NOT NULL,
    CONSTRAINT kept_key_kind_check CHECK ((kind = ANY (ARRAY['ledger'::text, 'erasure'::text, 'rows'::text]))),
    CONSTRAINT kept_key_pkey PRIMARY KEY (kind)
);
CREATE TRIGGER guard_delete BEFORE DELETE ON kept_key FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE kept_key ENABLE ALWAYS TRIGGER guard_delete;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON kept_key FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE kept_key ENABLE ALWAYS TRIGGER guard_truncate;
GRANT SELECT,INSERT ON TABLE kept_key TO kanmon_app;
GRANT UPDATE(fingerprint) ON TABLE kept_key TO kanmon_app;
GRANT UPDATE(noted_at) ON TABLE kept_key TO kanmon_app;

-- A lake lies outside of the database: what it must be stands here, so that a lost or old one is never taken for it.
CREATE TABLE lake_manifest (
    is_here boolean NOT NULL,
    current_sha256 text,
    coming_sha256 text,
    noted_at timestamptz NOT NULL,
    CONSTRAINT lake_manifest_check CHECK (((current_sha256 IS NOT NULL) OR (coming_sha256 IS NOT NULL))),
    CONSTRAINT lake_manifest_is_here_check CHECK (is_here),
    CONSTRAINT lake_manifest_pkey PRIMARY KEY (is_here)
);
CREATE TRIGGER guard_delete BEFORE DELETE ON lake_manifest FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE lake_manifest ENABLE ALWAYS TRIGGER guard_delete;
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON lake_manifest FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE lake_manifest ENABLE ALWAYS TRIGGER guard_truncate;
GRANT SELECT,INSERT ON TABLE lake_manifest TO kanmon_app;
GRANT UPDATE(current_sha256) ON TABLE lake_manifest TO kanmon_app;
GRANT UPDATE(coming_sha256) ON TABLE lake_manifest TO kanmon_app;
GRANT UPDATE(noted_at) ON TABLE lake_manifest TO kanmon_app;
