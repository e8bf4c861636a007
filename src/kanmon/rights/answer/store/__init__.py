"""Rights answer: SQL."""
