"""Provision: pages and HTTP endpoints."""
