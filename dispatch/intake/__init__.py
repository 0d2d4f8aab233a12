"""One path for every channel into a case."""
