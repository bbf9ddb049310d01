"""Attention: the shares that queries give to keys, as a map; or those of one query, as bars."""

from typing import TYPE_CHECKING

import numpy as np

from fivebyfive.explain.kinds.multi_head import every_head
from fivebyfive.views.post.figures.products import table
from fivebyfive.views.post.panel import Panel, Values, map_of, wide, words

if TYPE_CHECKING:
    from fivebyfive.explain.layout import Position
    from fivebyfive.explain.step import Step

MOST = 96
HEADS = 4
SHOWN = 8


def panels(step: "Step", place: "Position") -> list[Panel]:
    """What the query at `place` looks at; of several heads, each head's shares of all queries."""
    if step.op == "multi_head_attention_forward" and step.attributes.get("part", 0) == 0:
        shares, _ = every_head(step)
        return [_map(values, f"head {n}") for n, values in enumerate(shares[:HEADS])]
    found = step.arithmetic(*place)
    if step.op != "scaled_dot_product_attention" or found.operation != "sum":
        return []
    order = sorted(found.terms, key=lambda t: -t.weight)[:SHOWN]
    rows = [(f"key at {_where(t.position)}", "share", t.weight) for t in order]
    left = 1.0 - sum(t.weight for t in order)
    rows += [("the other keys", "together", left)] if left > 1e-6 else []
    return [table([*rows, ("all", "", 1.0)], f"what the query at {_where(place)} looks at", bars=len(order))]


def _where(position: "Position | None") -> str:
    return "—" if position is None else f"{position[1]}" if position[0] == 0 else f"y {position[0]}, x {position[1]}"


def _map(shares: Values, title: str) -> Panel:
    """Shares [queries, keys], queries downwards."""
    rows, columns = shares.shape
    shown = np.asarray(shares[:MOST, :MOST], dtype=np.float64)
    across, tall = 150 * min(1, columns / rows), 150 * min(1, rows / columns)
    note = f"{rows} queries down, {columns} keys across"
    elements = [
        words(0, 12, title, "title"),
        map_of(1, 20, across, tall, shown),
        words(0, tall + 35, note),
        words(0, tall + 50, f"largest share {shown.max():.3f}"),
    ]
    return Panel(tuple(elements), max(across + 2, wide(note)), tall + 56)
