"""A score from 0 to 1, or not scorable; never a probability."""
