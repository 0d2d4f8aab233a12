"""Public facilities for the citizens' map."""
