"""The case from report to closing."""
