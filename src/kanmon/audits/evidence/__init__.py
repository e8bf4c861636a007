"""Packs of evidence: what an authority may ask for about a person or an incident."""
