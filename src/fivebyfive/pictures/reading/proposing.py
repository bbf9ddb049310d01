"""What the pieces of a line may be: characters as they are, parts of what is doubted or pairs, neighbours together.

Each is a step from one place of the line to another, the places being its beginning, its end, where its pieces end, and
the cuts (`cutting.py`). Which steps lead through the line, `lattice.py` finds.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from fivebyfive.decision import NONE
from fivebyfive.pictures.lines.parts import median
from fivebyfive.pictures.preparation import MARKS
from fivebyfive.pictures.reading import reader
from fivebyfive.pictures.reading.cutting import Cut, cuts, joins, part, together
from fivebyfive.pictures.reading.standing import READ, as_they_stand
from fivebyfive.pictures.shaping import FINE, Floats
from fivebyfive.pictures.sheet import Line, Piece

SURE = 0.85
"""From this probability on, a digit of a usual shape is left as it is."""
FEWEST = 4
"""The fewest cuts that are worth asking about."""
SOLID = 0.32
"""Of several digits that touch, strokes are no wider than this share of their height: of 149 shapes 99% have 0.26."""
RAGGED = 40
"""Of several digits that touch, the edge is no longer than so many times the longer side."""
NARROW, WIDE = 0.1, 1.7
"""A part is at least and at most so wide, in heights of the usual digit."""
TRIPLE, WIDEST = 1.3, 2.5
"""From this width on, in heights, a piece may hold three digits; a digit between two others is no wider. A pair that is
a part itself is at most so wide."""
CUT, INK, JOIN, GAP, AGAIN = -0.1, 0.35, 1.0, 6.0, 1.0
"""What a cut costs, and each height of ink that it crosses; a join, and each height between what is joined; what
another look at a piece does. A cut costs less than nothing: two characters are doubted more than one already."""
UPPER, LEVEL, NEARLY, APART = 0.75, 0.2, 0.1, 3.0
"""A 9's ring is no higher than this beside its stroke, and no further above or below its head, and from it; what it
costs to read it as a 0."""
ODD = 2.0
"""From so many deviations on, a box is wide for its class."""
ASPECTS = {
    "0": (-0.12, 0.25), "1": (-0.91, 0.5), "2": (-0.09, 0.27), "3": (-0.24, 0.25), "4": (-0.24, 0.25),
    "5": (-0.06, 0.3), "6": (-0.36, 0.25), "7": (-0.27, 0.25), "8": (-0.3, 0.25), "9": (-0.41, 0.25),
}  # fmt: skip
"""Of each digit the logarithm of its width beside its height, in MNIST: the mean and the deviation, a little wider."""


@dataclass(frozen=True, eq=False)
class Step:
    """From one place of a line to another over one character, or two that touch.

    Attributes:
        start, end: the places, by number.
        cost: of the cut or the join that it needs.
        first: the piece of the line that it begins in.
        alone: whether it is a step by itself; else only as one half of a pair.
        halves: of a pair, all two steps, by number, that it may be cut into; it has no more than these.
    """

    start: int
    end: int
    piece: Piece
    cost: float
    first: int
    alone: bool = True
    halves: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, eq=False)
class Lattice:
    """All steps of a line; those over its pieces as they are come first, one each, and pairs last.

    Attributes:
        height: of the usual digit.
        places: how many there are between the steps, with the line's beginning and its end.
    """

    line: Line
    height: float
    steps: tuple[Step, ...]
    places: int

    @property
    def asked(self) -> list[Piece]:
        """What the reader is to be asked about beside the line's pieces."""
        return [step.piece for step in self.steps[len(self.line.pieces) :] if not step.halves]

    @property
    def pairs(self) -> list[Piece]:
        """What may be two digits."""
        return [step.piece for step in self.steps if step.halves]


@dataclass(frozen=True, eq=False)
class Doubts:
    """Which pieces of a line are doubted, and which of these may be cut; the height of the usual digit, and beside it
    the probabilities [pieces, classes] as each stands. `nine`: whether a piece and the next may be a 9 whose ring does
    not meet its stroke.
    """

    height: float
    standing: Floats
    doubtful: list[bool]
    cuttable: list[bool]
    nine: list[bool]

    @classmethod
    def of(cls, line: Line, found: Floats) -> "Doubts":
        height = _usual_height(line, found)
        standing = as_they_stand(line.pieces, line.pieces, [False] * len(found), found, height)
        doubtful = [_is_doubtful(piece, p, height) for piece, p in zip(line.pieces, standing, strict=True)]
        cuttable = [a and _may_be_cut(piece, height) for a, piece in zip(doubtful, line.pieces, strict=True)]
        labels = [taken_for(p)[0] for p in standing]
        nine = [
            labels[n : n + 2] == ["0", "1"] and _is_ring_on_a_stroke(*line.pieces[n : n + 2])
            for n in range(len(labels))
        ]
        doubtful = [a or b for a, b in zip(doubtful, nine, strict=True)]
        return cls(height, standing, doubtful, cuttable, nine)


def proposed(line: Line, doubts: Doubts, looks: Sequence[Sequence[Piece]], left: int, share: int) -> Lattice:
    """What the pieces of `line` may be: at most `left` steps more than pieces, about `share` parts of each."""
    height = doubts.height
    starts: list[int] = []
    singles: list[Step] = []
    more: list[Step] = []
    pairs: list[Step] = []
    place = 0
    for n, piece in enumerate(line.pieces):
        cuttable = doubts.cuttable[n] and len(more) + len(pairs) + FEWEST <= left
        inner = cuts(piece, height, _worth_asking(piece, height, share)) if cuttable else ()
        parts = list(_parts(piece, inner, height, n, place))
        both = list(_pairs(piece, inner, parts, height, len(line.pieces) + len(more)))
        if len(more) + len(pairs) + len(parts) + len(both) > left:
            inner, parts, both = (), [], []
        pairs += both
        more += parts
        starts.append(place)
        place += 1 + len(inner)
        singles.append(Step(starts[-1], place, piece, APART if doubts.nine[n] else 0.0, n))
        more += [Step(starts[-1], place, other, AGAIN, n) for other in looks[n]]
    one = {*joins(line, doubts.doubtful, height), *((n, n + 1) for n, nine in enumerate(doubts.nine) if nine)}
    joined = [_joined(line, starts, singles, pair, doubts) for pair in sorted(one)]
    joined = joined[: max(0, left - len(more) - len(pairs))]
    return Lattice(line, height, (*singles, *more, *joined, *pairs), place + 1)


def _worth_asking(piece: Piece, height: float, share: int) -> int:
    """How many cuts make about `share` parts and pairs: two each, or where they may be between any two, many more."""
    several = piece.width >= TRIPLE * height
    return max(FEWEST, int(share**0.5) if several else share // 2)


def _usual_height(line: Line, found: Floats) -> float:
    """Of a digit in `line`: of those that the reader is sure of, else of the higher pieces; 0 where there is none."""
    if not line.pieces:
        return 0.0
    heights = np.array([piece.height for piece in line.pieces], np.float64)
    high = heights >= 0.5 * heights.max()
    digits = [n for n, label in enumerate(reader.classes()) if label in ASPECTS]
    sure = high & (found[:, digits].max(axis=1) >= SURE)
    return median(heights[sure if sure.any() else high])


def _is_doubtful(piece: Piece, p: Floats, height: float) -> bool:
    label, most = taken_for(p)
    if label in MARKS:
        return most < READ
    return most < SURE or label == NONE or _is_wide(label, piece, height)


def _may_be_cut(piece: Piece, height: float) -> bool:
    large = piece.height >= 0.6 * height and piece.width >= 0.4 * piece.height
    return large and not _is_ragged(piece) and not _is_solid(piece)


def _is_ring_on_a_stroke(ring: Piece, stroke: Piece) -> bool:
    """Whether a 0 hangs before the upper part of a 1 and nearly meets it: beside a 1, a 0 goes down to its foot."""
    tall = stroke.height
    level = abs(ring.top - stroke.top) <= LEVEL * tall and ring.height <= UPPER * tall
    return level and ring.right <= stroke.right and stroke.left - ring.right <= NEARLY * tall


def _is_solid(piece: Piece) -> bool:
    """Whether its strokes are wider than a pen's: a sheet of paper, with what is written on it left out."""
    return bool(piece.strokes.width * max(piece.mask.shape) > SOLID * FINE * piece.height)


def _is_ragged(piece: Piece) -> bool:
    """Whether its edge is far longer than that of any strokes: grain, or a weave, that would take long to cut."""
    ink = piece.mask.astype(np.uint8)
    inside = cv2.erode(ink, np.ones((3, 3), np.uint8))
    edge = int(np.count_nonzero(ink)) - int(np.count_nonzero(inside))
    return edge > RAGGED * max(piece.width, piece.height)


def _is_wide(label: str, piece: Piece, height: float) -> bool:
    """Whether the box of a digit is far wider than its class's are: it may be two."""
    mean, deviation = ASPECTS[label]
    beside = float(np.log(piece.width / max(piece.height, 0.7 * height)))
    return beside > mean + ODD * deviation


def _parts(piece: Piece, inner: Sequence[Cut], height: float, n: int, start: int) -> Iterator[Step]:
    """Every part of `piece` between two of its cuts, or between one and an end; of what is hardly wider than two digits
    they are only halves.
    """
    ends: list[Cut | None] = [None, *inner, None]
    several = piece.width >= TRIPLE * height
    for i, j in itertools.combinations(range(len(ends)), 2):
        left, right = ends[i], ends[j]
        if left is None and right is None:
            continue
        if left is not None and right is not None and not (several and left.is_left_of(right)):
            continue
        found = part(piece, left, right)
        if found is not None and NARROW * height <= found.width <= WIDE * height and found.height >= 0.4 * height:
            yield Step(start + i, start + j, found, 0.0 if right is None else CUT + INK * right.ink, n, several)


def _pairs(piece: Piece, inner: Sequence[Cut], parts: Sequence[Step], height: float, number: int) -> Iterator[Step]:
    """What of `piece` may be two digits: what two of its `parts` make, of which the first is step `number`."""
    if not parts:
        return
    start = min(step.start for step in parts)
    ends: list[Cut | None] = [None, *inner, None]
    halves: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for (i, left), (j, right) in itertools.product(enumerate(parts, number), repeat=2):
        if left.end == right.start:
            halves.setdefault((left.start - start, right.end - start), []).append((i, j))
    for (first, last), some in halves.items():
        whole = first == 0 and last == len(ends) - 1
        both = piece if whole else part(piece, ends[first], ends[last])
        if both is not None and (whole or both.width <= WIDEST * height):
            yield Step(start + first, start + last, both, 0.0, parts[0].first, halves=tuple(some))


def _joined(line: Line, starts: list[int], singles: list[Step], pair: tuple[int, int], doubts: Doubts) -> Step:
    first, last = pair
    several = line.pieces[first : last + 1]
    apart = sum(max(0, b.left - a.right) for a, b in itertools.pairwise(several)) / doubts.height
    nine = doubts.nine[first] and last == first + 1
    cost = 0.0 if nine else (last - first) * JOIN + GAP * apart
    return Step(starts[first], singles[last].end, together(several), cost, first)


def taken_for(p: Floats) -> tuple[str, float]:
    best = int(p.argmax())
    return reader.classes()[best], float(p[best])
