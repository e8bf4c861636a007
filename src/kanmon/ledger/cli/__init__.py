"""Ledger: commands."""
