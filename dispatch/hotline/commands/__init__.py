"""The deeds of the agents' desk: write calls down, answer, call back, take lists in."""
