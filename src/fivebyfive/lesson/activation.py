"""Why there is a bend after the sums."""

from fivebyfive.explain.step import Step
from fivebyfive.lesson.known import BENT, Known
from fivebyfive.lesson.stop import Ask, Sentence, Stop, Value


def stop(known: Known) -> Stop | None:
    """The first activation that works value by value."""
    step = known.first(lambda one: one.op in BENT and len(one.origins) == 1 and one.origins[0].size == one.size)
    if step is None:
        return None
    i = step.index
    here: Sentence = ("At ", Value(i, "place"), ": ", Value(i, "before"), " becomes ", Value(i, "value"), ".")
    says: list[Sentence] = [*_rule(step), here]
    if step.op == "relu":
        says.append(
            (f"Of its {step.output.numel():,} numbers ", Value(step.index, "zeros"), " are 0: not here, they say.")
        )
    says.append(
        (
            "Why bend at all? A sum of sums is only a sum again: without a bend between them, two layers could do "
            "nothing that one could not.",
        )
    )
    name = "ReLU" if step.op == "relu" else step.op
    question = "What does the ReLU activation do?" if step.op == "relu" else f"What does {step.op} do?"
    return Stop("activation", name, question, step.index, "layer", tuple(says), _ask(step))


def _rule(step: Step) -> list[Sentence]:
    if step.op == "relu":
        return [
            ("ReLU keeps what is above 0, and makes 0 of all the rest.",),
            ("So a map speaks up where its pattern is and is silent where it is not. How far below 0: no matter.",),
        ]
    return [(f"{step.op} is a curve that every value goes through by itself. The post's is ReLU: max(x, 0).",)]


def _ask(step: Step) -> Ask:
    if step.op == "relu":
        return Ask(("What does ReLU make of −3?",), ("0",), 0, ("max(−3, 0) = 0.",))
    return Ask(
        ("Two layers of sums without a bend between them: what can they do?",),
        ("No more than one of them", "Twice as much as one", "Nothing"),
        0,
        ("A sum of sums is a sum: the two could be written as one.",),
    )
