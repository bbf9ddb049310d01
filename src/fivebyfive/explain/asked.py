"""Who answers what is asked of a step (`step.Asked`): its sum, its words, what it sees of the image, its way back."""

from fivebyfive.explain.arithmetic import arithmetic
from fivebyfive.explain.backward.sums import back
from fivebyfive.explain.backward.words import back_words
from fivebyfive.explain.seen import receptive_field, window
from fivebyfive.explain.words import words

__all__ = ["arithmetic", "back", "back_words", "receptive_field", "window", "words"]
