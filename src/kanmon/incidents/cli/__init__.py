"""Incidents: commands."""
