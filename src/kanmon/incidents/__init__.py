"""Incidents: what is known of each, whom it affects, and what is due until when."""
