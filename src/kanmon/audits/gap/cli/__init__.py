"""Audits gap: commands."""
