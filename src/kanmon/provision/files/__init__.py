"""Provision: files, formats and programs outside."""
