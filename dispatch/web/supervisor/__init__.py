"""The desk of supervision: the wall, evaluation, and the cases behind every figure."""
