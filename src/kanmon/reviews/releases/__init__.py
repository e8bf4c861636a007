"""The review of a release, from its description to the approvals that the gate asks for."""
