"""An account in words, with its own numbers: what it says, and what such an account cannot say."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fivebyfive.outputs import LOG_PROBABILITIES, LOGITS, PROBABILITIES, kind_of

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace
    from fivebyfive.explain.why.account import Why

NOT_FOLLOWED = "is not followed."
"""How a trace's note ends that says where values left PyTorch and came back as constants."""
LIMITS = (
    "A pixel's contribution is its value times the gradient: how far the number would fall if the pixel faded to 0, "
    "were the network a straight line. It is evidence against black, the value 0: a pixel that is 0 gets nothing, "
    "although the answer may hang on its being dark.",
    "Where a function bends or is flat (softmax, GELU, a normalization by its own values), the line is a poor one: a "
    "clear answer may have small gradients, and a contribution far from what the pixel does.",
    "The test is to change it and look: cover a patch, switch a map off. That is what the network really does; but a "
    "picture with a black patch is one that it never saw in its training, and may upset it by that alone.",
)
CAM_LIMIT = (
    "Grad-CAM averages each map's gradient over all its places, and is as coarse as the maps are: it shows roughly "
    "where, not what, and nothing that speaks against the class."
)


def words(why: "Why") -> list[str]:
    """What the account says, and what it cannot."""
    return [*_account(why), *_holes(why), *LIMITS]


def _account(why: "Why") -> Iterator[str]:
    pixels = sum(why.inputs.values())
    yield f"{why.said[0].upper()}{why.said[1:]} is {why.value:.4g}."
    if why.target.ends:
        yield (
            f"The network ends in a {why.target.ends}; what is accounted for is the logit before it, because a "
            "probability hangs on all classes at once."
        )
    elif kind_of_number(why.trace) != "logit":
        yield (
            f"What the network returns are {kind_of_number(why.trace)} numbers and no logits, and these are "
            "accounted for."
        )
    sums = {sort: sum(s.amount for s in why.shares if s.sort == sort) for sort in ("bias", "curve", "hole")}
    parts = [f"{pixels:.4g} from the pixels"]
    parts += [f"{sums['bias']:.4g} from biases"] if _has(why, "bias") else []
    parts += [f"{sums['curve']:.4g} where functions bend"] if _has(why, "curve") else []
    parts += [f"{sums['hole']:.4g} that cannot be followed"] if _has(why, "hole") else []
    yield f"It adds up: {' + '.join(parts)} = {why.total:.4g}."


def _has(why: "Why", sort: str) -> bool:
    return any(share.sort == sort for share in why.shares)


def _holes(why: "Why") -> Iterator[str]:
    for share in why.holes:
        yield (
            f"The account has a hole at {share.step}, of {share.amount:.4g}: {share.reason}. What came before it is not "
            "counted."
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
