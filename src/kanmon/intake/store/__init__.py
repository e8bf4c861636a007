"""Intake: SQL."""
