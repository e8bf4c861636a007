"""A demo job board that embeds this service as a real one would."""
