"""Behaviour events: what they are, how they are stored and who may read them."""
