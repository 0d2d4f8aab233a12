"""What cases are about."""
