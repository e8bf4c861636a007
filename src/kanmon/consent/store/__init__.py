"""Consent: SQL."""
