"""Modelling: SQL."""
