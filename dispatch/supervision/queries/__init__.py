"""Look-ups of figures: totals and series, hot spots, stage times, scores, and the cases behind each of them."""
