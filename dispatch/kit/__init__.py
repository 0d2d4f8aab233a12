"""The floor that every slice stands on; it knows none of them."""
