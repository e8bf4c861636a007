"""Copies of a workspace that can be put back elsewhere, whole and checked."""
