"""How the numbers in a network were found: the way back, with this picture's loss where it was traced."""

from fivebyfive.lesson.known import Known
from fivebyfive.lesson.stop import Sentence, Value

RATE = 0.001


def sentences(known: Known) -> list[Sentence]:
    """What training does after each batch."""
    if not known.trace.parameter_count:
        return []
    says: list[Sentence] = [
        (
            "And learning? The loss says how far the answers are from the right ones. Going back through the steps one "
            "finds, for each of "
            f"{known.trace.parameter_count:,} numbers, whether more or less of it would lower the loss.",
        ),
        (
            "Each then moves a little that way. How little, the learning rate says: "
            f"{RATE} in the post. Batch after batch, by and large, the loss falls.",
        ),
    ]
    if known.trace.way_back is not None:
        says.append(("For this picture the loss is ", Value(len(known.steps) - 1, "loss"), "."))
    return says
