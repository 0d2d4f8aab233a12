"""A city played through the public API: people report, desks work, and what comes of it is counted."""
