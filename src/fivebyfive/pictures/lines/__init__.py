"""Strokes become shapes, and shapes lines in reading order."""
