"""Third-party provision: ask the gate again, record it, then hand the report over; and the client's desk."""
