"""Who may come in: accounts, their roles, and sessions."""
