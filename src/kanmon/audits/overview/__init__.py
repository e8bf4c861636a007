"""The state of the service for the privacy owner: provisions, refusals, models."""
