"""How near a reading is to what is written: letters, whole texts, cells of tables; and how honest its probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

SPACES_COUNT = {"columns"}
"""Kinds in which a space between numbers is part of what is read; in the others, writers leave any gaps."""
CELLS = {"tables", "photographed_tables"}
ONE_LINE = {"single", "several"}
"""Kinds that have always been measured as the digits of all rows after each other."""

GOALS = {
    "tight": ("texts", 0.97),
    "frames": ("texts", 0.90),
    "forms": ("digits", 0.90),
    "tables": ("cells", 0.90),
    "photographed_tables": ("cells", 0.90),
    "touching": ("texts", 0.85),
    "turned": ("digits", 0.95),
    "marks": ("texts", 0.90),
    "displays": ("digits", 0.95),
    "printed": ("digits", 0.95),
    "pencil": ("texts", 0.85),
    "highlighter": ("texts", 0.85),
    "columns": ("digits", 0.90),
    "close_rows": ("digits", 0.90),
}
"""What is to be reached, and by which measure: in a form each digit has a box, a long text is rarely without a slip."""


@dataclass(frozen=True)
class Score:
    """One reading beside the text that it is nearest to, of those that are right.

    Attributes:
        letters, wrong: digits and marks written; how many of them are wrong, missing, or too many.
        cells, found: cells of a table that are written in, or that were read, whichever are more; how many of them were
            read without a mistake.
        answers: (probability, whether it is right) of each answer that was given.
        exact: whether the whole text is right.
    """

    letters: int
    wrong: int
    cells: int
    found: int
    exact: bool
    answers: tuple[tuple[float, bool], ...] = field(default=())


def score(kind: str, accepted: Sequence[str], read: str, answers: Sequence[tuple[str, float]] = ()) -> Score:
    """Compare what was `read`, and each answer's label and probability, with the `accepted` texts of a sheet."""
    got = in_form(kind, read)
    text = min((in_form(kind, t) for t in accepted), key=lambda t: distance(got, t))
    letters = "".join(text.split())
    words, written = read.split(), accepted[0].split()
    right = matches([label for label, _ in answers], letters)
    return Score(
        letters=len(letters),
        wrong=distance(got, text),
        cells=max(len(written), len(words)) if kind in CELLS else 0,
        found=sum(matches(words, written)) if kind in CELLS else 0,
        exact=got == text,
        answers=tuple((p, r) for (_, p), r in zip(answers, right, strict=True)),
    )


def in_form(kind: str, text: str) -> str:
    """`text` with the spaces and ends of lines that count in sheets of `kind`."""
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    if kind in ONE_LINE:
        return "".join(lines).replace(" ", "")
    return "\n".join(lines if kind in SPACES_COUNT | CELLS else [line.replace(" ", "") for line in lines])


def distance(a: Sequence[str], b: Sequence[str]) -> int:
    """Levenshtein's: the fewest letters (or words) to change, add or remove."""
    return int(_table(a, b)[-1, -1])


def matches(read: Sequence[str], written: Sequence[str]) -> list[bool]:
    """For each of `read`, whether it is what is written at its place, in a best alignment of the two."""
    table, i, j = _table(read, written), len(read), len(written)
    right = [False] * len(read)
    while i and j:
        same = read[i - 1] == written[j - 1]
        if table[i, j] == table[i - 1, j - 1] + (not same):
            i, j = i - 1, j - 1
            right[i] = same
        elif table[i, j] == table[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return right


def _table(a: Sequence[str], b: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Distances between all beginnings of `a` and all of `b`."""
    table = np.zeros((len(a) + 1, len(b) + 1), np.int64)
    table[:, 0], table[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    steps = np.arange(len(b) + 1)
    letters = np.array(list(b), dtype=object)
    for i, x in enumerate(a, 1):
        row = table[i].copy()
        if len(b):
            row[1:] = np.minimum(table[i - 1, 1:] + 1, table[i - 1, :-1] + (letters != x))
        # What is added costs one each, from whichever place on the left it is best to begin at.
        table[i] = np.minimum.accumulate(row - steps) + steps
    return table


def calibration_error(answers: Sequence[tuple[float, bool]], bins: int = 15) -> float:
    """Expected calibration error: how far the probabilities are from the share that is right, over equal bins.

    Guo et al., "On Calibration of Modern Neural Networks", 2017, equation 3.
    """
    if not answers:
        return 0.0
    sure, right = (np.array(column, np.float64) for column in zip(*answers, strict=True))
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(float(right[place == b].mean() - sure[place == b].mean())) * (place == b).mean() for b in set(place)]
    return float(sum(gaps))


def summary(kind: str, scores: Sequence[Score]) -> dict[str, object]:
    """Shares of letters, texts and cells that are right, and beside them the goal."""
    letters = sum(s.letters for s in scores)
    result: dict[str, object] = {
        "pictures": len(scores),
        "digits": max(0.0, 1 - sum(s.wrong for s in scores) / max(letters, 1)),
        "texts": sum(s.exact for s in scores) / len(scores),
    }
    if kind in CELLS:
        result["cells"] = sum(s.found for s in scores) / sum(s.cells for s in scores)
    if kind in GOALS:
        measure, share = GOALS[kind]
        result["goal"] = f"{share:.0%} of {measure}"
        result["reached"] = float(str(result[measure])) >= share
    return result
