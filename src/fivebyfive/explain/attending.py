"""How much of each key a query gets: softmax of the scores, and what is said of it in a formula.

Source: Vaswani et al., Attention Is All You Need, https://arxiv.org/abs/1706.03762
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fivebyfive.errors import InputError
from fivebyfive.explain.figures import listed, short
from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.terms import MOST_TERMS, Doubles, added


@dataclass(frozen=True)
class Attended:
    """One query and all its keys.

    Attributes:
        scores: how well each key fits, [keys]; −∞ where a mask takes the key away.
        shares: their softmax, which add up to 1.
        largest, denominator: softmax divides e^(score − largest) by their sum.
    """

    scores: Doubles
    shares: Doubles
    largest: float
    denominator: float

    @property
    def seen(self) -> npt.NDArray[np.intp]:
        """The keys that no mask takes away."""
        return np.flatnonzero(self.scores != -np.inf)

    def order(self) -> list[int]:
        """The keys, the one with the largest share first."""
        return [int(key) for key in np.argsort(-self.shares, kind="stable")]

    def details(self) -> dict[str, float | str | bool]:
        """The numbers behind the shares."""
        hidden = len(self.scores) - len(self.seen)
        best = [f"key {key}: {short(float(self.scores[key]))}" for key in self.order()[: len(self.seen)]]
        masked = {"masked": hidden} if hidden else {}
        scores = listed(best) or "none"
        return {"largest": self.largest, "denominator": self.denominator, "scores": scores, **masked}


def attended(scores: Doubles, safe: bool) -> Attended:
    """The shares of the keys. Where every key is masked, they are 0 if `safe`, else not a number."""
    largest = float(scores.max(initial=-np.inf))
    if safe and largest == -np.inf:
        return Attended(scores, np.zeros_like(scores), largest, 0.0)
    powers = np.exp(scores - largest)
    denominator = float(powers.sum())
    return Attended(scores, powers / denominator, largest, denominator)


def share_of(position: Position, found: Attended, own: int, symbols: str) -> Arithmetic:
    """The share of key `own` as an arithmetic: the terms are the scores, which no other step holds."""
    order = [own, *(key for key in found.order() if key != own)]
    scores, shares = found.scores, found.shares
    terms = tuple(
        score_of(k, scores, float(shares[k] / scores[k]) if scores[k] else 0.0, float(shares[k]))
        for k in order[:MOST_TERMS]
    )
    rest = added(shares[order[MOST_TERMS:]].tolist())
    powers = [f"e^{short(float(scores[k]))}" for k in order if scores[k] != -np.inf or k == own]
    figures = f"{powers[0]} / ({listed(powers, ' + ')}) = {short(float(shares[own]))}"
    return Arithmetic(position, "softmax", terms, float(shares[own]), remainder=rest,
                      remainder_count=len(order) - len(terms), details=found.details(), symbols=symbols,
                      figures=figures)  # fmt: skip


def score_of(key: int, scores: Doubles, weight: float, product: float) -> Term:
    """A key's score as a term."""
    return Term(float(scores[key]), None, weight, product, name=f"score of key {key}")


def as_scores(mask: Doubles | npt.NDArray[np.bool_], keeps: bool) -> Doubles:
    """What a mask adds to the scores: of true and false, 0 and −∞ (`keeps`: true means that the key stays)."""
    if mask.dtype != np.bool_:
        return mask.astype(np.float64)
    return np.where(mask == keeps, 0.0, -np.inf)


def expect_no_dropout(step: Step, probability: float) -> None:
    """Raise an InputError where shares were dropped."""
    if probability:
        raise InputError(
            f"{step.name} drops {probability:.0%} of the shares at random, and which is not to be seen; its "
            "arithmetic is known only without dropout: call eval() on the network"
        )
