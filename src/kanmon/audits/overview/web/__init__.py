"""Audits overview: pages and HTTP endpoints."""
