"""Generated seasons of a job board."""
