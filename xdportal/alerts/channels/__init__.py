"""Where messages go: one module a kind, and what they have in common."""
