"""Dropout: values as they pass in this run, and, where it is off, what training would do to them."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fivebyfive.views.post.panel import Panel, Values, colour, largest, line, rectangle, wide, wide_title, words
from fivebyfive.writing import number

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

Dropped = npt.NDArray[np.bool_]
SHOWN = 6
EXAMPLE = 0.75
"""Of the example, the probability to keep a value, as in the post's program."""
CELL = 54.0


def panels(step: "Step") -> list[Panel]:
    """The values that are farthest from 0, before and after; none where they are no list."""
    keep = step.attributes.get("keep_prob")
    if keep is None or step.size[:2] != (1, 1) or not step.origins:
        return []
    before, after = (s.maps.detach().float().numpy().reshape(-1) for s in (step.origins[0], step))
    count = min(SHOWN, len(before))
    part = np.sort(np.argsort(-np.abs(before), kind="stable")[:count])
    rows: list[tuple[str, Values, Dropped | None]] = [
        ("goes in", before[part], None),
        (f"comes out here (keep_prob = {keep:g})", after[part], None),
    ]
    if keep == 1:
        kept = np.random.default_rng(5).permutation(count) >= round(count * (1 - EXAMPLE))
        said = f"in training, with keep_prob = {EXAMPLE}, it could be:"
        rows.append((said, np.where(kept, before[part] / EXAMPLE, 0.0), ~kept))
    return [_rows(step, rows, part.tolist())]


def _rows(step: "Step", rows: list[tuple[str, Values, Dropped | None]], numbers: list[int]) -> Panel:
    scale = largest(np.concatenate([values for _, values, _ in rows]))
    title = f"{step.name}: {len(numbers)} of {step.size[2]:,} values, with their numbers"
    elements, y = [words(0, 12, title, "title")], 48.0
    elements += [words(1 + (n + 0.5) * CELL, 30, str(number_), "note", "middle") for n, number_ in enumerate(numbers)]
    for said, values, dropped in rows:
        elements.append(words(0, y + 4, said))
        for n, value in enumerate(values.tolist()):
            x = 1 + n * CELL
            elements += [
                rectangle(x, y + 10, CELL, 24, "cell", colour(value, scale)),
                words(x + CELL / 2, y + 26, number(round(value, 3)), "num ink", "middle"),
            ]
            if dropped is not None and dropped[n]:
                elements += [line(x + 6, y + 13, x + CELL - 6, y + 31, "drop")]
        y += 54
    return Panel(
        tuple(elements), max(len(rows[0][1]) * CELL + 2, *(wide(said) for said, _, _ in rows), wide_title(title)), y
    )
