"""Provision: SQL."""
