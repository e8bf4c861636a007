"""Who may come in: accounts, their roles, sessions, passkeys, OpenID providers, and keys of programs."""
