"""The network as a whole: which steps there are, and where most of what it has learned lies."""

from fivebyfive.explain.step import Step
from fivebyfive.lesson.known import Known, size
from fivebyfive.lesson.stop import Ask, Sentence, Stop

LEARN = ("convolution", "fully connected", "normalization", "attention", "recurrent")
"""Kinds of steps that hold weights; what learns elsewhere has no name that says so."""
NAMED = 4
"""So many sizes are named on the way."""


def stop(known: Known) -> Stop:
    """All steps at once."""
    inner = [step for step in known.steps if step.kind not in ("input", "output")]
    kinds = list(dict.fromkeys(step.kind for step in inner if step.kind != "other"))
    learned = known.trace.parameter_count
    says: list[Sentence] = [
        (
            f"{_many(len(inner), 'step')} lead from {known.steps[0].output.numel():,} numbers to "
            f"{known.trace.returned.output.numel():,}"
            + (", one for each class." if known.classes == known.trace.returned.output.numel() else "."),
        )
    ]
    if kinds:
        says.append((_of_kinds(kinds, any(step.kind == "other" for step in inner)),))
    says += _smaller(inner)
    if learned:
        says.append((f"The code says which steps there are. The {learned:,} numbers in them nobody writes.",))
        says.append(("Training finds them; more of that later.",))
    question = "What does the whole network do?"
    return Stop("big-picture", "The big picture", question, None, "overview", tuple(says), _ask(known, inner))


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + "s" * (count != 1)


def _of_kinds(kinds: list[str], others: bool) -> str:
    known = f"They are of {_many(len(kinds), 'kind')}: {_listed(kinds)}" + "; some are none of these" * others
    return known + (". The colours tell them apart." if others or len(kinds) > 1 else ".")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _smaller(inner: list[Step]) -> list[Sentence]:
    """That maps become smaller and more numerous, where they do."""
    ends = [step for step in inner if step.kind in ("pooling", "convolution") and step.size[:2] != (1, 1)]
    sizes = list(dict.fromkeys(step.size for step in ends))
    if len(sizes) < 2:
        return []
    areas, depths = [h * w for h, w, _ in sizes], [c for _, _, c in sizes]
    if areas != sorted(areas, reverse=True) or depths != sorted(depths) or depths[0] == depths[-1]:
        return []
    named = list(dict.fromkeys(size(step) for step in ends))
    shown = named if len(named) <= NAMED else [*named[: NAMED - 1], named[-1]]
    return [
        (
            f"On the way maps get smaller, and there are more of them: {', '.join(shown)}. Where something is counts "
            "less and less; what it is, more and more.",
        )
    ]


def _ask(known: Known, inner: list[Step]) -> Ask | None:
    counts: dict[str, int] = {}
    for step in inner:
        counts[step.kind] = counts.get(step.kind, 0) + step.parameters
    kinds = list(counts)
    most = max(counts.values(), default=0)
    if not most or len(kinds) < 2 or list(counts.values()).count(most) > 1:
        return None
    right = max(counts, key=counts.__getitem__)
    if right not in LEARN:
        return None
    # What has no name of its own is no answer, as it is none of the kinds that the stop speaks of.
    others = sorted((kind for kind in kinds if kind not in (right, "other")), key=lambda kind: -counts[kind])[:3]
    answers = tuple(kind for kind in kinds if kind in (right, *others))
    because = f"{right}: {most:,} of the {known.trace.parameter_count:,} numbers that are learned."
    question = "Which kind of step learns most numbers?"
    return Ask((question,), answers, answers.index(right), (because[0].upper() + because[1:],))
