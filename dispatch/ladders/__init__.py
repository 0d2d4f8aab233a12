"""Who is told when a case runs out of time, step by step, until somebody answers for it."""
