"""By what a stop is known that an alarm over a model gave."""

GIVEN_BY_ALARM = "AIA-15: "
"""With these words the reason of such a stop begins; the model and the run follow."""
