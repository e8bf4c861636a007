"""The control plane in PostgreSQL: tables, stores and migrations."""
