"""A demonstration's past: more than a year of made-up cases, so that comparisons and months have something to show."""
