"""Patrols: who is on shift, where they went by their own consent, and which unit grids that covered."""
