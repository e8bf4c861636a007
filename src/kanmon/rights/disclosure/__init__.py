"""Disclosure: everything that is held about a person, where it came from, to whom it went."""
