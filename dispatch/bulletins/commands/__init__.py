"""Deeds on bulletins: ask, write, edit, publish, correct, put away, keep the files."""
