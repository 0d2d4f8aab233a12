"""Look-ups of hot spots: the counts that a search looks at, and what searches found."""
