"""What every room may use: errors, IDs, the clock, languages, progress, files that outlive a power cut."""
