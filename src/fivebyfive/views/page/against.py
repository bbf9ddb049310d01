"""Another trace beside the page's own: what a file keeps of it, to show the same place of both and their difference.

``against`` in the document holds what B is called, its probabilities in their order, and for each step of A, or null
where it has no partner: B's step, and how far they are apart. Buffers: ``against-output/I`` is B's output beside step I
of A, in A's shape; the largest in half precision where there is no room, or not at all.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from fivebyfive.explain.description import plain
from fivebyfive.explain.layout import size_text
from fivebyfive.views.page import document
from fivebyfive.views.page.envelope import Buffers, Part
from fivebyfive.views.page.smaller import fitted

if TYPE_CHECKING:
    from fivebyfive.explain.comparison import Comparison, Pair

ROOM = 4_000_000
"""Bytes that B's outputs may take, compressed."""


def beside(comparison: "Comparison") -> Part:
    """B beside A, for A's page."""
    pairs = {pair.first.index: pair for pair in comparison.pairs}
    outputs = {i: document.output(pair.second) for i, pair in pairs.items() if pair.apart is not None}
    held = fitted(outputs, ROOM)
    buffers: Buffers = {f"against-output/{index}": array for index, array in held.items()}
    told: dict[str, Any] = {
        "names": list(comparison.names),
        "steps": [_told(pairs.get(step.index)) for step in comparison.first.steps],
        "only": [step.name for step in comparison.only_second],
        "count": len(comparison.second.steps),
        "answers": [{"label": label, "probability": p} for label, p in comparison.second.prediction],
        "rounded": [index for index, array in held.items() if array.dtype == np.float16],
    }
    return Part({"against": told}, buffers)


def _told(pair: "Pair | None") -> dict[str, Any] | None:
    if pair is None:
        return None
    found = pair.apart
    told = {
        "name": pair.second.name,
        "size": size_text(pair.second.size),
        "came": plain(pair.came),
        "alike": pair.alike,
    }
    if found is None:
        return told | {"apart": None}
    numbers = {"size": found.size, "difference": found.difference, "largest": found.largest}
    place = dict(zip(("y", "x", "channel"), found.place, strict=True))
    return told | {"apart": {key: plain(value) for key, value in numbers.items()} | {"at": place}}
