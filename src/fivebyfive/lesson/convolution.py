"""What a convolution is for, shown with what this network's own maps answer to; and what one number of it is."""

from typing import Any

import numpy as np

from fivebyfive.explain.step import Step
from fivebyfive.lesson.filling import short
from fivebyfive.lesson.known import Filters, Known, called, times
from fivebyfive.lesson.probes import CORNERS, STRAIGHT, Answers, answers
from fivebyfive.lesson.stop import Ask, Sentence, Stop, Value

CLEARLY = 1.5
"""A map answers to one stroke rather than to others where its value is so many times as large."""


def stop(known: Known) -> Stop | None:
    """What it is for."""
    found = known.convolution
    if found is None:
        return None
    mapped = known.mapped(found)
    shown = answers(known.trace, mapped)
    maps = [] if shown is None else _edges(shown)
    corners = _corners(known)
    says: list[Sentence] = [
        ("A single pixel says little. What tells one picture from another is strokes: their edges, where they bend.",),
        (_place(known, found),),
        (f"Its patterns are its filters. It has {found.count}, and each makes one map.",),
        *_preferences(maps, found, called(mapped)),
        *_next(known, corners),
    ]
    channel = maps[0]["map"] if maps else None
    if channel is not None:
        at = f"highest at {channel}"
        says.insert(
            -1 if known.deep not in (None, found) else len(says),
            (
                f"In this picture channel {channel} is highest, ",
                Value(mapped.index, f"highest in {channel}"),
                ", at ",
                Value(mapped.index, at),
                ".",
            ),
        )
    ask = Ask(
        ("The same filter is used at every place of the picture. What is that good for?",),
        ("A stroke is found wherever it stands", "Every pixel gets a filter of its own", "The picture gets larger"),
        0,
        ("It slides. What it knows in one place it knows in all, and its few weights are enough for the picture.",),
    )
    return Stop(
        "convolution",
        "What a convolution is for",
        "What does a convolution layer do, and what are higher-level features?",
        mapped.index,
        "filters",
        tuple(says),
        ask,
        channel,
        {"strokes": [*STRAIGHT, *CORNERS], "maps": maps + corners},
    )


def _place(known: Known, found: Filters) -> str:
    """What stands in a pixel's place."""
    if found.kernel == (1, 1):
        return "A convolution whose window is 1×1 does not look around: it mixes what a place has in each channel."
    if found.before == known.steps[0].size[:2] or known.trace.image is not None:
        return (
            f"So a convolution puts a number in the place of a pixel that speaks of the {found.window} pixels around "
            "it: how well they fit a pattern."
        )
    return f"A convolution puts a number in the place of each value, about the {found.window} values around it."


def _edges(shown: Answers) -> list[dict[str, Any]]:
    """The map that prefers upright strokes to lying ones most, and the one that does the opposite."""
    maps = []
    for one, other in (("upright", "lying"), ("lying", "upright")):
        channel = int(np.argmax(shown.of(one) - shown.of(other)))
        if _clear(shown.of(one)[channel], shown.of(other)[channel]):
            maps.append(_answer(shown, channel, one, other))
    return maps


def _clear(one: float, other: float) -> bool:
    return one > 0 and one >= CLEARLY * other


def _answer(shown: Answers, channel: int, stroke: str, other: str) -> dict[str, Any]:
    """How a map answers to every stroke; `least` is what it has for the others that it is compared with."""
    least = shown.of(other) if other else shown.straight()
    return {
        "step": shown.step.index,
        "map": channel,
        "stroke": stroke,
        "other": other,
        "most": float(shown.of(stroke)[channel]),
        "least": float(least[channel]),
        "answers": [float(value) for value in shown.most[:, channel]],
    }


def _found(filters: Filters) -> str:
    """Where the filters come from."""
    if filters.step.parameters or isinstance(filters.step.call.values["weight"], Step):
        return "Nobody writes down which patterns to look for: training finds them."
    return "These are fixed: whoever wrote this network chose them, and nothing here is learned."


def _preferences(maps: list[dict[str, Any]], filters: Filters, name: str) -> list[Sentence]:
    if not maps:
        return [(_found(filters),)]
    kinds = {"upright": "an upright stroke", "lying": "a lying one"}
    first = maps[0]
    says = [
        f"{_found(filters)} A test with drawn strokes tells what they answer to.",
        f"Shown {kinds[first['stroke']].replace('one', 'stroke')}, channel {first['map']} of {name} gets up to "
        f"{short(first['most'])}; shown {kinds[first['other']].replace('stroke', 'one')}, {short(first['least'])} at "
        "most.",
    ]
    if len(maps) > 1:
        second = maps[1]
        says.append(
            f"With channel {second['map']} it is the other way: {short(second['least'])} and {short(second['most'])}."
        )
    return [(text,) for text in says]


def _corners(known: Known) -> list[dict[str, Any]]:
    """The map of the next convolution that prefers a corner to straight strokes most."""
    found = known.deep
    if found is None or found is known.convolution:
        return []
    shown = answers(known.trace, known.mapped(found))
    if shown is None:
        return []
    above = shown.most[len(STRAIGHT) :] - shown.straight()
    corner, channel = (int(i) for i in np.unravel_index(int(above.argmax()), above.shape))
    if not _clear(shown.of(CORNERS[corner])[channel], shown.straight()[channel]):
        return []
    return [_answer(shown, channel, CORNERS[corner], "")]


def _next(known: Known, corners: list[dict[str, Any]]) -> list[Sentence]:
    found = known.deep
    if found is None or found is known.convolution:
        return []
    name = called(known.mapped(found))
    if not corners:
        return [(f"{called(found.step)} then looks for patterns in these maps, no longer in pixels.",)]
    (one,) = corners
    return [
        (
            f"{called(found.step)} then looks for patterns in these maps. Channel {one['map']} of {name} gets up to "
            f"{short(one['most'])} from a corner like {one['stroke']}, and {short(one['least'])} at most from any "
            "straight stroke.",
        )
    ]


def number(known: Known) -> Stop | None:
    """What one number of it is: window times filter, added up."""
    found = known.convolution
    if found is None:
        return None
    step = found.step
    index = step.index
    says: list[Sentence] = [
        (
            f"Lay a filter over a window of the input. Multiply each of its {found.products:,} weights by the number "
            "under it, and add up the products. That is the dot product of the two.",
        ),
        ("At ", Value(index, "place"), " it comes to ", Value(index, "products"), "."),
        ("The product that does most for it is ", Value(index, "strongest"), "; that value stands at ",
         Value(index, "strongest at"), "."),
        (
            f"Then the filter moves on and does it again, {times(found.after)} times. So do all {found.count} filters: "
            f"{step.output.numel():,} numbers.",
        ),
        (f"As a formula: {_symbols(found)}.",),
        (
            "I is what goes in, W the weights, O what comes out. n counts pictures, i and j rows and columns, q the "
            "channels that go in, k those that come out; di and dj go through the window.",
        ),
        (
            "A fully connected layer multiplies and adds up too. The difference: here each number sees a window only, "
            "and all places share the same weights.",
        ),
    ]  # fmt: skip
    other = 3 if found.kernel != (3, 3) else 5
    groups = f"·{found.deep}" if found.deep > 1 else ""
    ask = Ask(
        (f"With a filter of {other}×{other}, how many products would make one number?",),
        (str(other * other * found.deep),),
        0,
        (f"{other}·{other}{groups} = {other * other * found.deep}: one for every cell of the window"
         + (" in every channel." if found.deep > 1 else "."),),
    )  # fmt: skip
    question = "How is one number computed; what is conv2d as a formula?"
    return Stop("number", "One number of it", question, index, "number", tuple(says), ask)


def _symbols(found: Filters) -> str:
    """The formula, without the bias, which is a stop of its own."""
    return found.step.arithmetic(0, 0, 0).symbols.removesuffix(" + b[k]")
