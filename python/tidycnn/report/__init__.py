"""Frames become pictures."""
