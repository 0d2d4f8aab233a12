"""Supervision: how a city's management does, in figures that come from the history of its cases."""
