"""Why numbers are thrown away."""

import math

from fivebyfive.explain.step import Step
from fivebyfive.explain.windows import directions
from fivebyfive.lesson.known import Known, times
from fivebyfive.lesson.stop import Ask, Sentence, Stop, Value

LISTED = 9
"""So many values of a window are listed."""


def stop(known: Known) -> Stop | None:
    """The first pooling of maps."""
    step = known.first(
        lambda one: one.kind == "pooling" and one.attributes.get("pooling") in ("max", "mean") and directions(one) == 2
    )
    if step is None or len(step.origins) != 1 or step.size[2] != step.origins[0].size[2]:
        return None
    largest = step.attributes["pooling"] == "max"
    what = "the largest of them" if largest else "their mean"
    says: list[Sentence] = [*_windows(step, what), *_here(step)]
    before, after = step.origins[0].size, step.size
    kept = after[0] * after[1]
    says.append(
        (
            f"{times(before[:2])} becomes {times(after[:2])}: of {before[0] * before[1]:,} numbers a map {kept:,} "
            + ("is left." if kept == 1 else "are left."),
        )
    )
    says.append(
        (
            "Why throw numbers away? That a stroke is there matters; whether it is a pixel further left, hardly. And "
            "what comes next has less to do"
            + (" and sees further with a window of the same size." if kept > 1 else "."),
        )
    )
    question = "What does max_pool do" if largest else "What is pooling"
    question += ", and why is k both the window and the stride?" if largest and _is_apart(step) else "?"
    title = "Max pooling" if largest else "Mean pooling"
    return Stop("pooling", title, question, step.index, "layer", tuple(says), _ask(step))


def _windows(step: Step, what: str) -> list[Sentence]:
    before, after = step.origins[0].size, step.size
    if step.attributes["adaptive"]:
        if after[:2] == (1, 1):
            return [(f"Each map of {times(before[:2])} numbers becomes one: {what}.",)]
        return [(f"Each map is covered by {times(after[:2])} windows, and each window becomes one number: {what}.",)]
    says: list[Sentence] = [
        (f"Each window of {times(step.attributes['kernel'])} numbers becomes one: {what}. Nothing is learned here.",)
    ]
    if _is_apart(step):
        says.append(
            (
                f"The window moves by its own size, {times(step.attributes['stride'])}, so windows lie side by side "
                "and none overlap.",
            )
        )
    return says


def _is_apart(step: Step) -> bool:
    """Whether the window moves by its own size."""
    return not step.attributes["adaptive"] and step.attributes["kernel"] == step.attributes["stride"]


def _here(step: Step) -> list[Sentence]:
    if step.attributes["adaptive"] or math.prod(step.attributes["kernel"]) > LISTED:
        return [("At ", Value(step.index, "place"), " that is ", Value(step.index, "value"), ".")]
    word = "largest" if step.attributes["pooling"] == "max" else "mean"
    return [
        ("At ", Value(step.index, "place"), " the window has ", Value(step.index, "window"), f". The {word} is ",
         Value(step.index, "value"), "."),
    ]  # fmt: skip


def _ask(step: Step) -> Ask:
    before, after = step.origins[0].size, step.size
    left = after[0] * after[1]
    return Ask(
        (f"How many numbers are left of each map of {times(before[:2])}?",),
        (str(left),),
        0,
        (f"{after[0]}·{after[1]} = {left:,}, and as many maps as before, {after[2]}.",),
    )
