"""Consent taken live: which words were served to whom, and what the person answered."""
