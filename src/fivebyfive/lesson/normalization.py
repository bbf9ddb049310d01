"""Why values are brought to a common scale, in networks that do it; the post's does not."""

from fivebyfive.explain.step import Step
from fivebyfive.lesson.known import Known
from fivebyfive.lesson.stop import Ask, Sentence, Stop, Value

RULES = {
    "batch_norm": "subtract the channel's mean, divide by its spread",
    "layer_norm": "subtract the mean of the values that belong together, divide by their spread",
}


def stop(known: Known) -> Stop | None:
    """The first batch norm or layer norm."""
    step = known.first(lambda one: one.op in RULES and len(one.origins) == 1 and one.origins[0].size == one.size)
    if step is None:
        return None
    i = step.index
    says: list[Sentence] = [
        ("The post's network has none of this; most that came after it do.",),
        (f"{step.op} puts its values on a common scale: {RULES[step.op]}{_own(step)}.",),
        *_statistics(step),
        ("At ", Value(i, "place"), ": ", Value(i, "before"), " becomes ", Value(i, "value"), "."),
        (
            "Why? What one layer gives changes all the time while it learns. Where the scale stays, the next layer has "
            "less to follow, and training goes faster.",
        ),
    ]
    question = "Why are values normalized?"
    return Stop("normalization", "Normalization", question, i, "layer", tuple(says), _ask(step))


def _own(step: Step) -> str:
    """What is done with its own parameters, if it has any."""
    does = {"weight": "multiply by a weight", "bias": "add a bias"}
    said = [does[name] for name in does if step.call.values.get(name) is not None]
    return f", then {' and '.join(said)}" if said else ""


def _statistics(step: Step) -> list[Sentence]:
    if step.op != "batch_norm" or step.attributes.get("training"):
        return []
    return [("In training these are the batch's; to answer, those that were noted down in training.",)]


def _ask(step: Step) -> Ask:
    channels = step.size[2]
    if step.op != "batch_norm" or step.parameters != 2 * channels:
        return Ask(
            ("A mean is subtracted from values. What is the mean of what is left?",),
            ("0",),
            0,
            ("0: whatever all of them had in common is gone.",),
        )
    return Ask(
        (f"How many numbers does it learn for its {channels} channels?",),
        (str(step.parameters),),
        0,
        (f"2·{channels} = {step.parameters}: a weight and a bias for each channel.",),
    )
