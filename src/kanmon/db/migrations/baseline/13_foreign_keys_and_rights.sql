-- Foreign keys to tables that are made later, and rights on the schema.

ALTER TABLE consent_answer ADD CONSTRAINT consent_answer_key_no_fkey FOREIGN KEY (key_no) REFERENCES api_key(key_no);

ALTER TABLE consent_entry ADD CONSTRAINT consent_entry_ledger_seq_fkey FOREIGN KEY (ledger_seq) REFERENCES ledger_entry(seq);

ALTER TABLE acquisition ADD CONSTRAINT acquisition_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no);

ALTER TABLE client_paper ADD CONSTRAINT client_paper_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no);

ALTER TABLE job ADD CONSTRAINT job_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES account(account_no);

ALTER TABLE receipt ADD CONSTRAINT receipt_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no);

ALTER TABLE second_look ADD CONSTRAINT second_look_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no);

ALTER TABLE use_alert ADD CONSTRAINT use_alert_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no);

ALTER TABLE use_statement ADD CONSTRAINT use_statement_account_no_fkey FOREIGN KEY (account_no) REFERENCES account(account_no);

GRANT USAGE ON SCHEMA kanmon TO kanmon_app;

GRANT USAGE ON SEQUENCE load_load_id_seq TO kanmon_app;

GRANT SELECT ON TABLE alembic_version TO kanmon_app;
