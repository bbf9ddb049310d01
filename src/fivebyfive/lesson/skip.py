"""Why what went in is added to what the layers made of it, in networks that do so; the post's does not."""

from fivebyfive.explain.step import Step
from fivebyfive.lesson.known import Known
from fivebyfive.lesson.stop import Ask, Sentence, Stop, Value


def stop(known: Known) -> Stop | None:
    """The first sum of a value and of what came of it."""
    step = known.first(_fits)
    if step is None:
        return None
    i = step.index
    says: list[Sentence] = [
        ("Here two ways meet. One went through some layers, the other past them: the values are added.",),
        ("At ", Value(i, "place"), ": ", Value(i, "before"), " and ", Value(i, "other"), " make ",
         Value(i, "value"), "."),
        (
            "Why? The layers need not repeat what is known already: they only say what is to be changed. And on the "
            "way back a gradient finds a short way to the first layers, however many there are.",
        ),
    ]  # fmt: skip
    ask = Ask(
        ("If the layers on the longer way gave nothing but 0, what would come out?",),
        ("What went past them", "Nothing but 0", "Twice what went past them"),
        0,
        ("x + 0 = x: a layer that has nothing to say does no harm.",),
    )
    question = "What is a skip connection for?"
    return Stop("skip", "Two ways that meet", question, i, "layer", tuple(says), ask)


def _fits(step: Step) -> bool:
    if step.op != "add" or step.kind != "joining" or len(step.origins) != 2:
        return False
    one, other = step.origins
    same = one.size == other.size == step.size
    return same and (_comes_of(one, other) or _comes_of(other, one))


def _comes_of(later: Step, earlier: Step) -> bool:
    """Whether `later` was computed from what `earlier` gives."""
    waiting, seen = list(later.origins), set()
    while waiting:
        step = waiting.pop()
        if step is earlier:
            return True
        if step.index > earlier.index and step.index not in seen:
            seen.add(step.index)
            waiting += step.origins
    return False
