"""What goes in, and why it is one list."""

import math

from fivebyfive.explain.step import Step
from fivebyfive.lesson.known import Known, product, size
from fivebyfive.lesson.stop import Ask, Sentence, Stop, Value


def stop(known: Known) -> Stop:
    """The first step: the picture as numbers."""
    first = known.steps[0]
    picture = _picture(known)
    says: list[Sentence] = [*_laid(first, picture)]
    if known.trace.image is not None:
        says.append(
            ("Each number says how bright a pixel is. Of this picture ", Value(0, "not zero"), " numbers are not 0.")
        )
    says += _why(first, picture)
    return Stop("input", "What goes in", "What is the network given?", 0, "picture", tuple(says), _ask(first, picture))


def _picture(known: Known) -> tuple[int, ...]:
    """(height, width, channels) of the picture; () where there is none."""
    image = known.trace.image
    return () if image is None else image.shape


def _laid(first: Step, picture: tuple[int, ...]) -> list[Sentence]:
    count = first.output.numel()
    if not picture or math.prod(picture) != count:
        return [(f"The network gets {count:,} numbers, {size(first)}.",)]
    height, width, channels = picture
    pixels = f"{height} rows of {width} pixels" + ("" if channels == 1 else f", each of {channels} numbers")
    if first.layout == "flat":
        return [
            (f"To the network a picture is numbers. This one has {pixels}.",),
            (f"It gets them as one list of {count:,} numbers, row after row.",),
        ]
    return [
        (f"To the network a picture is numbers. This one has {pixels}: {count:,} in all.",),
        ("It gets them as a picture: what stands side by side stays side by side.",),
    ]


def _why(first: Step, picture: tuple[int, ...]) -> list[Sentence]:
    if not picture:
        return []
    if first.layout == "flat":
        return [
            (
                "Why a list? Whoever prepared the pictures stored each one so, and the simplest networks want nothing "
                "else.",
            ),
            ("What a list does not say is which pixels are neighbours. Only their order tells.",),
        ]
    return [
        (
            "The post's program gets a list instead and makes a picture of it first. For a convolution it must be a "
            "picture: a stroke is made of neighbours.",
        )
    ]


def _ask(first: Step, picture: tuple[int, ...]) -> Ask:
    count = first.output.numel()
    how = product(picture) if picture and math.prod(picture) == count else product(first.size)
    return Ask(
        ("How many numbers go in?",), (str(count),), 0, (f"{how} = {count:,}: one for every pixel and channel.",)
    )
