"""Frames become batches."""
