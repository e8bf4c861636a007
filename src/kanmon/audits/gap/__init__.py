"""The consent gap: whose data went, or would go,
to a client without valid consent; and screens that showed other words."""
