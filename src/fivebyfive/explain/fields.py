"""Temporary: the fields' new home."""

from fivebyfive.explain.receptive_field import receptive_field, window

__all__ = ["receptive_field", "window"]
