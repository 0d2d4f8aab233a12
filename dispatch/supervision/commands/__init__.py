"""Deeds of supervision: keeping figures up, checking and rebuilding them, evaluating and publishing."""
