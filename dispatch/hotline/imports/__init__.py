"""Lists of other platforms: read from a file, told apart by columns, made into reports."""
