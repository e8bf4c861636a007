"""The control plane in PostgreSQL: logins, the server, the schema, and transactions."""
