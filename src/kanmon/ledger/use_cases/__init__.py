"""Ledger: what a door may ask, over an open workspace."""
