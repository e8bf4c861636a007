"""Matters of an authority: what it asked, until when, which papers went to and fro, and what was answered (S22)."""
