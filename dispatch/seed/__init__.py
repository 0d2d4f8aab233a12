"""Fill an empty database with the city's reference data, and for a demonstration with its people and things."""
