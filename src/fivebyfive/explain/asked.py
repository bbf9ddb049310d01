"""Who answers what is asked of a step (`step.Asked`): its sum, its words, what it sees of the image."""

from fivebyfive.explain.arithmetic import arithmetic
from fivebyfive.explain.seen import receptive_field, window
from fivebyfive.explain.words import words

__all__ = ["arithmetic", "receptive_field", "window", "words"]
