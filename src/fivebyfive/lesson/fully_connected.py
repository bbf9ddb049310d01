"""What a fully connected layer is."""

from fivebyfive.explain.kind import shape_of
from fivebyfive.explain.step import Step
from fivebyfive.lesson.known import Known, called
from fivebyfive.lesson.stop import Ask, Sentence, Stop, Value

PRODUCTS = ("matmul", "mm", "linear", "addmm")
MOST = 0.5


def stop(known: Known) -> Stop | None:
    """The first product of a list with a matrix of weights."""
    step = known.first(_fits)
    if step is None:
        return None
    before, units = step.origins[0].size[2], step.size[2]
    index = step.index
    says: list[Sentence] = [
        (
            f"Each of its {units:,} units looks at all {before:,} numbers: it multiplies each by a weight of its own, "
            "and adds up.",
        ),
        (f"With a bias for each unit that is Wx + b, {units:,} times.",),
        ("At ", Value(index, "place"), " the sum is ", Value(index, "products"), ".",
         " The product that does most for it is ",
         Value(index, "strongest"), "."),
    ]  # fmt: skip
    if known.convolutions:
        says.append(("Convolutions said what is where. Here all of that is weighed together, whatever its place.",))
    share = before * units / max(known.trace.parameter_count, 1)
    if MOST < share <= 1:
        says.append(
            (
                f"Everything with everything is many weights: {before * units:,} of the "
                f"{known.trace.parameter_count:,} numbers that this network learns.",
            )
        )
    ask = Ask(
        (f"How many weights does {called(step)} have?",),
        (str(before * units),),
        0,
        (f"{before}·{units} = {before * units:,}: one for each pair of an input and a unit.",),
    )
    question = "What is a fully connected layer?"
    return Stop("fully-connected", "Fully connected", question, index, "number", tuple(says), ask)


def _fits(step: Step) -> bool:
    if step.op not in PRODUCTS or step.weight is None or len(step.origins) != 1:
        return False
    before = step.origins[0]
    sizes = {before.size[2], step.size[2]}
    return step.size[:2] == before.size[:2] == (1, 1) and set(shape_of(step.weight)) == sizes
