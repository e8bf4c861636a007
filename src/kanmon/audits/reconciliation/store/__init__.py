"""Reconciliation: SQL."""
