"""Rights erasure: SQL."""
