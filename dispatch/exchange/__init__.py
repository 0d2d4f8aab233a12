"""Cases on their way to other systems."""
