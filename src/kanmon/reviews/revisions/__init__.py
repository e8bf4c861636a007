"""The revision of a policy as a history of steps, each taken by whoever may take it."""
