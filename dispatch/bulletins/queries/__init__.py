"""Look-ups for bulletins: the figures of a span of days, and the bulletins that there are."""
