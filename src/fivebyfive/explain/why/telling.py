"""An account in words, with its own numbers: what it says, and what such an account cannot say."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fivebyfive.outputs import LOG_PROBABILITIES, LOGITS, PROBABILITIES, kind_of
from fivebyfive.writing import number

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace
    from fivebyfive.explain.why.account import Why

NOT_FOLLOWED = "is not followed."
"""How a trace's note ends that says where values left PyTorch and came back as constants."""
LIMITS = (
    "A pixel's contribution is its value times the gradient: how far the number would fall if the pixel faded to 0, "
    "were the network a straight line. It compares with black, the value 0: a pixel that is 0 gets nothing, "
    "although the answer may hang on its being dark.",
    "Where a function bends or is flat (softmax, GELU, a normalization by its own values), the line is a poor one: a "
    "clear answer may have small gradients, and a contribution far from what the pixel does.",
    "The test is to change it and look: cover a patch, switch a map off. That is what the network really does; but a "
    "picture with a black patch is one that it never saw in its training, and may upset it by that alone.",
    "Grad-CAM averages the gradient of each map over all its places, and is as coarse as the maps are: it shows "
    "roughly where, not what, and nothing of what speaks against the class.",
)


def notes(why: "Why") -> list[str]:
    """What the account says, and where it has a hole."""
    return [*_account(why), *common(why)]


def common(why: "Why") -> list[str]:
    """What is true of every class's account: which number is meant, and where the way back has holes."""
    return [*_which_number(why), *_holes(why)]


def _account(why: "Why") -> Iterator[str]:
    pixels = sum(why.inputs.values())
    yield f"{why.said[0].upper()}{why.said[1:]} is {number(why.value)}."
    sums = {sort: sum(s.amount for s in why.shares if s.sort == sort) for sort in ("bias", "curve", "hole")}
    parts = [f"{number(pixels)} from the pixels"]
    parts += [f"{number(sums['bias'])} from biases"] if _has(why, "bias") else []
    parts += [f"{number(sums['curve'])} where functions bend"] if _has(why, "curve") else []
    parts += [f"{number(sums['hole'])} that cannot be followed"] if _has(why, "hole") else []
    yield f"It adds up: {' + '.join(parts)} = {number(why.total)}."


def _which_number(why: "Why") -> Iterator[str]:
    if why.target.ends:
        yield (
            f"The network ends in a {why.target.ends}; what is accounted for is the logit before it, because a "
            "probability hangs on all classes at once."
        )
    elif (kind := kind_of_number(why.trace)) != "logit":
        yield f"What the network returns are no logits; what is accounted for is the {kind} itself."


def _has(why: "Why", sort: str) -> bool:
    return any(share.sort == sort for share in why.shares)


def _holes(why: "Why") -> Iterator[str]:
    for share in why.holes:
        yield (
            f"The account has a hole at {share.step}, of {number(share.amount)}: {share.reason}. What came before it "
            "is not counted."
        )
    yield from (note for note in why.trace.notes if note.endswith(NOT_FOLLOWED))


def kind_of_number(trace: "Trace") -> str:
    """What each of the numbers that a network returns is: "logit", "probability", "log-probability" or "number"."""
    if not trace.prediction:
        return "number"
    output = next(step for step in trace.steps if step.kind == "output").output
    kind = kind_of(output.detach().reshape(1, -1))
    return {LOGITS: "logit", PROBABILITIES: "probability", LOG_PROBABILITIES: "log-probability"}.get(kind, "number")


def described(why: "Why") -> dict[str, Any]:
    """The account as plain values for JSON."""
    return {
        "class": why.class_,
        "instead_of": why.instead_of,
        "number": why.said,
        "value": why.value,
        "step": why.target.step.name,
        "inputs": dict(why.inputs),
        "shares": [
            {"step": s.step, "amount": s.amount, "sort": s.sort} | ({"reason": s.reason} if s.reason else {})
            for s in why.shares
        ],
        "left": why.left,
        "maps": {name: values.tolist() for name, values in why.maps.items()},
        "pixels": why.pixels.tolist(),
        "words": why.words(),
    }
