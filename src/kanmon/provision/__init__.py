"""The deed of providing: ask the gate again, record it, then hand the report over."""
