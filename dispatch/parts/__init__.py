"""The inventory of parts."""
