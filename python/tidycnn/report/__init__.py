"""Frames become figures."""
