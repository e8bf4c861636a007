"""Vectors and a runner for anything that decides whether a consent allows a provision of personal data."""
