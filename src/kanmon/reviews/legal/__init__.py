"""Legal assessments, for everybody in the house to read."""
