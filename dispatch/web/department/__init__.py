"""The department's pages."""
