"""Every past provision judged afresh, by code that shares nothing with the gate but the law's data."""
