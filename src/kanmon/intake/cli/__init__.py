"""Intake: commands."""
