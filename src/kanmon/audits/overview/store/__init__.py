"""Audits overview: SQL."""
