"""Ledger: SQL."""
