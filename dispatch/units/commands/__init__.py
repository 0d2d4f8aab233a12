"""Deeds of the hall and the units beyond a single case: many at once, rulings, handing over."""
