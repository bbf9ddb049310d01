"""Which step of one way is which of another: of two traces, the steps that do the same."""

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

Pairs = list[tuple[int, int]]
"""Indices of the one and of the other; both grow."""


def paired(first: "Sequence[Step]", second: "Sequence[Step]") -> Pairs:
    """The steps of two ways that are the same, in the order in which both ran.

    Where both ran the same operations one after the other, each is paired with the one at its place. Otherwise as many
    as possible of those that have the same name and the same operation, in the order of both; and the two ends.
    """
    if [step.op for step in first] == [step.op for step in second]:
        return [(i, i) for i in range(len(first))]
    return longest_common([_key(step) for step in first], [_key(step) for step in second])


def _key(step: "Step") -> Hashable:
    return step.kind if step.kind in ("input", "output") else (step.name, step.op)


def longest_common(first: Sequence[Hashable], second: Sequence[Hashable]) -> Pairs:
    """A longest common subsequence, as the places of its members in both.

    By Hunt and Szymanski, "A fast algorithm for computing longest common subsequences" (1977): quick where few are
    equal, as names are.
    """
    where: dict[Hashable, list[int]] = {}
    for place, key in enumerate(second):
        where.setdefault(key, []).append(place)
    ends: list[int] = []
    chains: list[tuple[int, int, int]] = []  # a pair, and the chain before it
    best: list[int] = []  # of each length, the chain that ends earliest in `second`
    for i, key in enumerate(first):
        for j in reversed(where.get(key, [])):  # so that a step is paired once
            length = bisect_left(ends, j)
            chains.append((i, j, best[length - 1] if length else -1))
            ends[length : length + 1] = [j]
            best[length : length + 1] = [len(chains) - 1]
    found: Pairs = []
    chain = best[-1] if best else -1
    while chain >= 0:
        i, j, chain = chains[chain]
        found.append((i, j))
    return found[::-1]
