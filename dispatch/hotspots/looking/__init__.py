"""How hot spots are found: one module for each way of looking."""
