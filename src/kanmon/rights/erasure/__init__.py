"""Erasure of a person: at once for whatever would use the data, then store by store."""
