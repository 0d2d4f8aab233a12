"""The units that handle cases."""
