"""Why a bias is added."""

from fivebyfive.lesson.known import Known, called
from fivebyfive.lesson.stop import Ask, Sentence, Stop, Value

KINDS = ("convolution", "fully connected")


def stop(known: Known) -> Stop | None:
    """The first bias: a step of its own, or part of a convolution or a fully connected layer."""
    step = known.first(lambda one: one.kind in KINDS and one.bias is not None and one.bias.numel() == one.size[2])
    if step is None or not step.origins:
        return None
    flat = step.size[:2] == (1, 1)
    one, many = ("unit", "units") if flat else ("map", "maps")
    says: list[Sentence] = [
        ("The products say how well a pattern fits. The bias says how well it has to fit before it counts.",),
        (
            f"Each {one} has a single bias, {step.size[2]} in all, added to {'its sum' if flat else 'all its numbers'}."
            + (" It is learned, as weights are." if step.parameters else ""),
        ),
        ("At ", Value(step.index, "place"), " the products add up to ", Value(step.index, "products"), ". The bias is ",
         Value(step.index, "bias"), ". Together that is ", Value(step.index, "value"), "."),
        ("Without it a sum could be above 0 only where the input has something to say: of zeros it makes 0.",),
    ]  # fmt: skip
    ask = Ask(
        (f"{called(step)} has {step.size[2]} {many}. How many biases are there?",),
        (str(step.size[2]),),
        0,
        (f"{step.size[2]}: one for each {one}" + ("." if flat else ", and not one for each place."),),
    )
    return Stop("bias", "The bias", "Why is a bias added?", step.index, "number", tuple(says), ask)
