"""The last chapters: the answer, how it learns, what is not said here, and where to read on."""

from torch import unravel_index

from fivebyfive.explain.figures import bracketed, short
from fivebyfive.explain.layout import size_text
from fivebyfive.lesson.answer import is_softmax
from fivebyfive.views.guard import back_words, words
from fivebyfive.views.post.article import Block, Bullets, Figure, Formulas, Mono, Section, said, sentence
from fivebyfive.views.post.figures import answer, gallery, learning
from fivebyfive.views.post.subject import Subject
from fivebyfive.writing import count, number

RATE = 0.001
"""The post's learning rate."""
MOST_SAID = 6
"""Steps whose way back is told in words."""


def answered(subject: Subject) -> Section:
    """What comes out, and how sure it is."""
    trace = subject.trace
    last = trace.returned
    if not trace.prediction:
        out = size_text(last.size)
        text = (
            f"{count(last.size[2], 'number')} come{'s' * (last.size[2] == 1)} out; no probabilities are made of that."
            if last.size[:2] == (1, 1)
            else f"What comes out, {out}, is no list of classes: there is no answer in a word."
        )
        maps = tuple(gallery.of_output(last))
        shown = [Figure("output", "Maps that come out.", maps)] if maps else []
        return Section("The answer", 2, (said(text), *shown))
    label, probability = trace.prediction[0]
    sure = f"{label}, with a probability of {probability:.2%}" + (f": {trace.doubt}" if trace.doubt else "")
    figure = Figure("answer", f"The answer is {sure}.", tuple(answer.panels(trace)))
    formula = [_softmax(subject)] if is_softmax(trace) else []
    own = [] if "answer" in subject.stops else [Bullets(tuple(map(sentence, words(last))))]
    return Section("The answer", 2, (*own, *subject.told("answer", [figure, *formula])))


def _softmax(subject: Subject) -> Formulas:
    """How the answer's probability came about."""
    trace = subject.trace
    label, probability = trace.prediction[0]
    numbers = trace.returned.maps.detach().double().flatten().tolist()
    best = numbers[trace.classes.index(label)]
    largest = sorted(numbers, reverse=True)
    powers = " + ".join([f"e^({short(one)})" for one in largest[:3]] + ["…"] * (len(largest) > 3))
    return Formulas(
        ("p[k] = e^(O[k]) / Σ_q e^(O[q])", f"e^({short(best)}) / ({powers}) = {short(probability)}"),
    )


def learned(subject: Subject) -> list[Section]:
    """The way back, where it was traced."""
    trace = subject.trace
    if trace.way_back is None:
        return []
    sizes = trace.gradient_sizes()
    right = f" when the right class is {trace.way_back.label}" if trace.way_back.label else ""
    intro = (
        f"The loss of this answer is {number(trace.way_back.loss)}{right}. Its gradient goes back from the answer, "
        "step by step, and tells each weight how the loss would change with it."
    )
    reached = [step for step in trace.steps if step.gradient is not None and step.parameters][::-1]
    items = tuple((Mono(step.name), ": ", " ".join(back_words(step))) for step in reached[:MOST_SAID])
    panels = learning.panels(trace)
    return [
        Section(
            "How it learns",
            2,
            (
                said(intro),
                *([Figure("gradient", "How large the gradient is at each step.", tuple(panels))] if panels else []),
                *([said(" ".join(sizes.words()))] if sizes.words() else []),
                Bullets(items),
                *_one_weight(subject),
            ),
        )
    ]


def _one_weight(subject: Subject) -> list[Block]:
    """The number that the gradient asks to change most, and what a plain step makes of it."""
    found = [(p, p.gradient) for p in subject.trace.parameters.values() if p.gradient is not None]
    known = [(p, g) for p, g in found if g.numel() and not g.is_complex() and bool(g.isfinite().all())]
    if not known:
        return []
    most, slope = max(known, key=lambda pair: float(pair[1].abs().max()))
    index = [int(i) for i in unravel_index(slope.abs().argmax(), slope.shape)]
    value, gradient = float(most.value.detach()[tuple(index)]), float(slope[tuple(index)])
    after = value - RATE * gradient
    place = f"[{', '.join(map(str, index))}]"
    intro = f"of all parameters is told most to change. A plain step of rate {RATE} would take it there:"
    rows = (
        "w − rate · ∂L/∂w",
        f"{short(value)} − {RATE} · {bracketed(gradient)} = {after:.6g}",
    )
    return [said("The number at ", Mono(f"{most.name}{place}"), f" {intro}"), Formulas(rows)]


def limits(subject: Subject) -> Section:
    """What a reader must know about these numbers."""
    trace = subject.trace
    items = [
        "All numbers are of one picture. With another one the sizes stay, and the values change.",
        "Numbers are written to about four digits; a sum that is done again from these differs in the last of them.",
        *([f"Of the answer one has to say: {trace.doubt}."] if trace.doubt else []),
        *trace.notes,
    ]
    broken = trace.first_nan()
    if broken is not None:
        items.insert(0, f"Not all numbers are finite here: {broken}")
    if trace.not_counted:
        shown = ", ".join(trace.not_counted[:5]) + (" …" if len(trace.not_counted) > 5 else "")
        items.append(f"What {count(len(trace.not_counted), 'step')} cost is not counted: {shown}.")
    unknown = [
        step.name for step in trace.steps if step.kind == "other" and words(step)[0].startswith("The code calls")
    ]
    if unknown:
        items.append(f"Of {', '.join(unknown[:5])} only what goes in and what comes out is known.")
    return Section("What these numbers do not say", 2, (Bullets(tuple((item,) for item in items)),))
