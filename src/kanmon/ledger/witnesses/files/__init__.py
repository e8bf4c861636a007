"""Witnesses over HTTP, and the settings that name them."""
