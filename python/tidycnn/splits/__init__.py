"""Frames get a split that leaks nothing."""
