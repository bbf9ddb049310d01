"""Why filters go through all channels."""

from fivebyfive.lesson.known import Filters, Known, called, product
from fivebyfive.lesson.stop import Ask, Sentence, Stop, Value


def stop(known: Known) -> Stop | None:
    """A convolution of several maps."""
    found = known.deep
    if found is None:
        return None
    groups = found.step.attributes["groups"]
    of_pixels = found.step.origins[0].kind == "input"
    what = "channels" if of_pixels else "maps"
    says: list[Sentence] = [
        (f"{called(found.step)} gets {found.deep * groups} {what}. Which of them does a filter look at?",),
        *_which(found, groups, what),
        (
            f"So a filter is no square. It is a block of {product((*found.kernel, found.deep))} = {found.products:,} "
            "weights, and one number is a sum of as many products.",
        ),
        ("It moves down and to the right. Along the channels it need not move: it reaches through them.",),
        (
            "At ",
            Value(found.step.index, "place"),
            " the product that does most for the sum is ",
            Value(found.step.index, "strongest"),
            ", with the value at ",
            Value(found.step.index, "strongest at"),
            ".",
        ),
    ]
    ask = Ask(
        ("How many products make one number here?",),
        (str(found.products),),
        0,
        (f"{product((*found.kernel, found.deep))} = {found.products:,}: a window in each of {found.deep} {what}.",),
    )
    question = "Does each filter go through all the input's channels?"
    return Stop("channels", "Through all channels", question, found.step.index, "layer", tuple(says), ask)


def _which(found: Filters, groups: int, what: str) -> list[Sentence]:
    if groups > 1:
        return [
            (
                f"groups = {groups} in the code: a filter looks at {found.deep} of them, those of its group. That is "
                "less work, and what other groups know stays apart.",
            )
        ]
    if what == "channels":
        return [("At all of them at once. What something is shows in its colours together, not in one of them.",)]
    return [
        (
            "At all of them at once. Each map knows one pattern, and what comes next is made of several: a corner is "
            "an upright stroke and a lying one that meet.",
        )
    ]
