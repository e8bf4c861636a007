"""Gate: SQL."""
