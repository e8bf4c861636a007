"""Incidents notices: pages and HTTP endpoints."""
