"""What a stride is, and why strides have four numbers."""

from fivebyfive.lesson.known import Filters, Known, times
from fivebyfive.lesson.stop import Ask, Sentence, Stop

NAMES = ("pictures", "height", "width", "channels")


def stop(known: Known) -> Stop | None:
    """How far the window moves."""
    found = known.convolution
    if found is None:
        return None
    down, right = found.stride
    four = [1, down, right, 1]
    says: list[Sentence] = [
        (f"The stride is how far the filter moves from one number to the next. Here: {down} down, {right} right.",),
        *_four(found, four),
        *_two(found),
    ]
    stride = (2, 2) if found.stride != (2, 2) else (1, 1)
    rows, columns = found.with_stride(stride)
    written = f"strides = [1, {stride[0]}, {stride[1]}, 1]" if found.ours else f"stride = {stride[0]}"
    ask = Ask(
        (f"With {written}, how many rows would the maps have?",),
        (str(rows),),
        0,
        (_why(found, stride, rows, columns),),
    )
    question = "What is a stride, and why are there four dimensions in strides?"
    figure = {"name": "strides", "numbers": four, "names": list(NAMES)}
    return Stop("strides", "Strides of four", question, found.step.index, "strides", tuple(says), ask, figure=figure)


def _four(found: Filters, four: list[int]) -> list[Sentence]:
    if not found.ours:
        return [
            (
                f"PyTorch wants two numbers. In TensorFlow they are four, {four}, one for each dimension of what goes "
                "in: [pictures, height, width, channels].",
            ),
            ("The outer two are always 1: nobody skips a picture or a channel. So PyTorch leaves them away.",),
        ]
    return [
        (
            f"The code gives conv2d four numbers, {four}: one for each dimension of what goes in, [pictures, height, "
            "width, channels].",
        ),
        ("The outer two are always 1. A larger one would skip whole pictures or channels, and nobody wants that.",),
    ]


def _two(found: Filters) -> list[Sentence]:
    if found.stride == (1, 1):
        return [
            (
                "With 2 in the middle the filter would look at every other place in each direction: about a quarter of "
                "the numbers, and of the work.",
            )
        ]
    ones = times(found.with_stride((1, 1)))
    return [
        (
            f"So places are left out: a map has {times(found.after)} numbers. With a stride of 1 it would have {ones}, "
            "and take that much more work.",
        )
    ]


def _why(found: Filters, stride: tuple[int, int], rows: int, columns: int) -> str:
    s = stride[0]
    if found.ours and found.step.attributes["padding_name"] == "SAME":
        return f"SAME: ⌈{found.before[0]} / {s}⌉ = {rows}; the maps are {rows}×{columns}."
    above, below = found.step.attributes["padding"][0]
    room = f"{found.before[0]} + {above} + {below}" if above + below else f"{found.before[0]}"
    return f"⌊({room} − {found.reach[0]}) / {s}⌋ + 1 = {rows}; the maps are {rows}×{columns}."
