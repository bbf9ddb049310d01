"""The tour through a network: stops in the order of the post, with this network's own numbers."""

from fivebyfive.lesson.filling import filled
from fivebyfive.lesson.order import lesson
from fivebyfive.lesson.stop import Ask, Sentence, Stop, Value

__all__ = ["Ask", "Sentence", "Stop", "Value", "filled", "lesson"]
