"""Look-ups of the agents' desk."""
