"""Ledger: files, formats and programs outside."""
