"""Whose row is whose: applicants of a client met with members of the board."""
