"""How figures become a bulletin in the centre's wording and order."""
