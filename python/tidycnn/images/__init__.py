"""Folders of pictures become a frame."""
