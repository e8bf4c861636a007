"""What must be fast, measured as ratios within one run; each module prints one JSON object."""
