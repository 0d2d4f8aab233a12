"""Where trouble gathers and comes back: found by well-known statistics, kept with its evidence."""
