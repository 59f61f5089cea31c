"""Who may do what: keys, roles, people, rate limits."""
