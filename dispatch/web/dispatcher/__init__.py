"""The shift leader and the dispatcher's pages."""
