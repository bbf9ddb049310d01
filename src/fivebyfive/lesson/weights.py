"""What the four numbers of W mean."""

from fivebyfive.lesson.known import Filters, Known, called, product
from fivebyfive.lesson.stop import Ask, Sentence, Stop

OURS = ("filter height", "filter width", "input depth", "output depth")
PYTORCH = ("output depth", "input depth", "filter height", "filter width")


def stop(known: Known) -> Stop | None:
    """The weights of a convolution as one tensor."""
    found = known.deep or known.convolution
    if found is None:
        return None
    names = OURS if found.ours else PYTORCH
    says: list[Sentence] = [
        (f"All weights of {called(found.step)} are one tensor W, {list(found.shape)}: {', '.join(names)}.",),
        *_order(found),
        (f"Filter height and width, {found.window}: how far a filter sees.",),
        _depth(found),
        (
            f"Output depth, {found.count}: how many filters there are. Each makes one map, so {found.count} maps come "
            "out. This number is free: more filters know more patterns, and cost more.",
        ),
    ]
    total = found.products * found.count
    ask = Ask(
        ("How many weights are in W?",),
        (str(total),),
        0,
        (f"{product(found.shape)} = {total:,}.",),
    )
    question = "What do the four dimensions of W mean, and what is output_depth?"
    figure = {"name": "W", "numbers": list(found.shape), "names": list(names)}
    return Stop("weights", "W’s four numbers", question, found.step.index, "weights", tuple(says), ask, figure=figure)


def _order(found: Filters) -> list[Sentence]:
    if found.ours:
        return []
    return [("TensorFlow, which the post uses, writes the same four in another order: height and width come first.",)]


def _depth(found: Filters) -> Sentence:
    groups = found.step.attributes["groups"]
    if groups > 1:
        return (f"Input depth, {found.deep}: through how many channels of its group a filter goes.",)
    come = "1 channel comes in" if found.deep == 1 else f"{found.deep} channels come in"
    return (f"Input depth, {found.deep}: {come}, and a filter goes through all. There is no choice: it must fit.",)
