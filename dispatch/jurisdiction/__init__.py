"""The city's areas, its grid and its places."""
