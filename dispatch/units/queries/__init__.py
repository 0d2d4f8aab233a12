"""Look-ups of the units' work: their cases, loads and figures, what came back, what they ask for."""
