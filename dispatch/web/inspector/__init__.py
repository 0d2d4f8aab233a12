"""The inspector in the street's pages."""
