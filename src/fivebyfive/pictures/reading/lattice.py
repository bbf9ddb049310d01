"""Which pieces, cuts and joins of a line are its characters: segmentation by recognition.

The reader is asked about every piece once. Where it doubts one, or one is wide beside its line, it is asked about parts
of it (`cutting.py`) and about neighbours together, all of a sheet at a time. Of all ways from a line's beginning to its
end the cheapest is taken: each character costs what the reader doubts of it and how unlike its class its box is, each
cut and each join something on top. A piece that is surely one digit is never cut.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.decision import NONE
from fivebyfive.pictures.lines.parts import median
from fivebyfive.pictures.preparation import MARKS
from fivebyfive.pictures.reading import again, reader
from fivebyfive.pictures.reading.cutting import Cut, cuts, joins, part, together
from fivebyfive.pictures.reading.standing import READ, as_they_stand
from fivebyfive.pictures.shaping import Floats
from fivebyfive.pictures.sheet import Character, Line, Piece, Sheet

Costs = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

SURE = 0.85
"""From this probability on, a digit of a usual shape is left as it is."""
MOST, FEWEST = 2_000, 4
"""So many parts and joins of a sheet are asked about, shared by all that is doubted; the fewest cuts that are worth
asking about."""
HOPEFUL, DOUBTED = 8, 250
"""Where not one shape of so many is read without a doubt, and most are none that might be cut, it is hardly writing: no
more parts and joins are asked about than a few rows of touching digits have."""
CROWD = 250
"""Where more than so many shapes, and most of all, might be cut, it is no writing, and none is."""
RAGGED = 40
"""Of several digits that touch, the edge is no longer than so many times the longer side."""
NARROW, WIDE = 0.1, 1.7
"""A part is at least and at most so wide, in heights of the usual digit."""
TRIPLE = 1.3
"""From this width on, in heights, a piece may hold three digits; a digit between two others is no wider."""
LEAST = 1e-4
"""No probability counts as less."""
CUT, INK, JOIN, GAP, AGAIN, ABSENT, LOW, MARK = -0.1, 0.35, 1.0, 6.0, 1.0, 3.0, 2.0, 0.0
"""What a cut costs, and each height of ink that it crosses; a join, and each height between what is joined; what
"none" and a mark cost beside a digit; each height that a digit is lower than its line. A cut costs less than nothing:
two characters are doubted more than one already."""
UPRIGHT, ODD = 0.85, 2.0
"""A digit is hardly lower than this beside its line; from so many deviations on, a box is wide for its class."""
ASPECTS = {
    "0": (-0.12, 0.25), "1": (-0.91, 0.5), "2": (-0.09, 0.27), "3": (-0.24, 0.25), "4": (-0.24, 0.25),
    "5": (-0.06, 0.3), "6": (-0.36, 0.25), "7": (-0.27, 0.25), "8": (-0.3, 0.25), "9": (-0.41, 0.25),
}  # fmt: skip
"""Of each digit the logarithm of its width beside its height, in MNIST: the mean and the deviation, a little wider."""


@dataclass(frozen=True, eq=False)
class Step:
    """From one place of a line to another over one character.

    Attributes:
        start, end: the places, by number.
        cost: of the cut or the join that it needs.
        first: the piece of the line that it begins in.
        is_part: of a piece that is cut; a mark is none.
    """

    start: int
    end: int
    piece: Piece
    cost: float
    first: int
    is_part: bool = False


@dataclass(frozen=True, eq=False)
class Lattice:
    """All steps of a line; those over its pieces as they are come first, one each.

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
        """What is to be asked about beside the line's pieces."""
        return [step.piece for step in self.steps[len(self.line.pieces) :]]


class Found(NamedTuple):
    """The characters of each line of a sheet, and how many shapes the reader was asked about for them."""

    lines: tuple[tuple[Character, ...], ...]
    asked: int


def read(sheet: Sheet, parts: int = MOST) -> Found:
    """The characters of each of the sheet's lines, as the reader takes them; "none" is one that it can give.

    Args:
        parts: so many parts and joins are asked about at most.
    """
    lines, known, doubts = _with_halves(sheet.lines)
    cuttable = sum(sum(one.cuttable) for one in doubts)
    known_digits = sum(not doubtful for one in doubts for doubtful in one.doubtful)
    singles = sum(map(len, known))
    most = min(parts, MOST if singles <= max(HOPEFUL * known_digits, 2 * cuttable) else DOUBTED)
    if cuttable > max(CROWD, singles / 2):
        doubts = [replace(one, cuttable=[False] * len(one.cuttable)) for one in doubts]
    left, lattices = most, []
    doubtful = [one.doubtful for one in doubts]
    looks = again.looks(sheet.ink, lines, doubtful, [one.height for one in doubts])
    for line, doubted, others in zip(lines, doubts, looks, strict=True):
        lattices.append(_lattice(line, doubted, others, left, most // max(1, cuttable)))
        left -= len(lattices[-1].asked)
    more = _asked([piece for lattice in lattices for piece in lattice.asked])
    read, at = [], 0
    for lattice, found in zip(lattices, known, strict=True):
        count = len(lattice.asked)
        read.append(_characters(lattice, np.concatenate([found, more[at : at + count]])))
        at += count
    return Found(tuple(read), singles + len(more))


Known = list[Floats]
"""What the reader takes each piece for, [pieces, classes], of each line."""


def _with_halves(lines: Sequence[Line]) -> tuple[Sequence[Line], Known, list["_Doubts"]]:
    """`lines` with the halves of digits that stood in two of them put together, what is known of them, and doubted."""
    known = _known(lines)
    doubts = [_Doubts.of(line, found) for line, found in zip(lines, known, strict=True)]
    digits = [one.height for one in doubts if not all(one.doubtful)]
    pairs = again.halves(lines, [one.doubtful for one in doubts], median(digits) if digits else None)
    both = _asked([again.whole(lines, pair) for pair in pairs])
    chosen: list[again.Pair] = []
    for n in np.argsort(-both.max(axis=1, initial=0.0)).tolist():
        label, most = _taken_for(both[n])
        if label in ASPECTS and most >= SURE and not any(set(pairs[n]) & set(pair) for pair in chosen):
            chosen.append(pairs[n])
    return _with_halves(again.joined(lines, chosen)) if chosen else (lines, known, doubts)


def _known(lines: Sequence[Line]) -> Known:
    singles = _asked([piece for line in lines for piece in line.pieces])
    return np.split(singles, np.cumsum([len(line.pieces) for line in lines])[:-1]) if lines else []


def _asked(pieces: Sequence[Piece]) -> Floats:
    if not pieces:
        return np.zeros((0, len(reader.classes())), np.float32)
    return reader.probabilities(np.stack([piece.pixels for piece in pieces]))


# --- what there is to choose from -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Doubts:
    """Which pieces of a line are doubted, and which of these may be cut; the height of the usual digit."""

    height: float
    doubtful: list[bool]
    cuttable: list[bool]

    @classmethod
    def of(cls, line: Line, found: Floats) -> "_Doubts":
        height = _usual_height(line, found)
        standing = as_they_stand(line.pieces, line.pieces, [False] * len(found), found, height)
        doubtful = [_is_doubtful(piece, p, height) for piece, p in zip(line.pieces, standing, strict=True)]
        cuttable = [a and _may_be_cut(piece, height) for a, piece in zip(doubtful, line.pieces, strict=True)]
        return cls(height, doubtful, cuttable)


def _lattice(line: Line, doubts: _Doubts, looks: Sequence[Sequence[Piece]], left: int, share: int) -> Lattice:
    """What the pieces of `line` may be: at most `left` steps more than pieces, about `share` of each."""
    height = doubts.height
    starts: list[int] = []
    singles: list[Step] = []
    more: list[Step] = []
    place = 0
    for n, piece in enumerate(line.pieces):
        inner = cuts(piece, height, _worth_asking(piece, height, share)) if doubts.cuttable[n] else ()
        parts = list(_parts(piece, inner, height, n, place))
        if len(more) + len(parts) > left:
            inner, parts = (), []
        more += parts
        starts.append(place)
        place += 1 + len(inner)
        singles.append(Step(starts[-1], place, piece, 0.0, n))
        more += [Step(starts[-1], place, other, AGAIN, n) for other in looks[n]]
    joined = [_joined(line, starts, singles, pair, height) for pair in joins(line, doubts.doubtful, height)]
    return Lattice(line, height, (*singles, *more, *joined[: left - len(more)]), place + 1)


def _worth_asking(piece: Piece, height: float, share: int) -> int:
    """How many cuts make about `share` parts: two each, or where there may be a part between any two, many more."""
    several = piece.width >= TRIPLE * height
    return max(FEWEST, int((2 * share) ** 0.5) if several else share // 2)


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
    label, most = _taken_for(p)
    if label in MARKS:
        return most < READ
    return most < SURE or label == NONE or _is_wide(label, piece, height)


def _may_be_cut(piece: Piece, height: float) -> bool:
    large = piece.height >= 0.6 * height and piece.width >= 0.4 * piece.height
    return large and not _is_ragged(piece)


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
    """Every part of `piece` between two of its cuts, or between one and an end."""
    ends: list[Cut | None] = [None, *inner, None]
    for i, j in itertools.combinations(range(len(ends)), 2):
        left, right = ends[i], ends[j]
        if left is None and right is None:
            continue
        if left is not None and right is not None and (piece.width < TRIPLE * height or not left.is_left_of(right)):
            continue
        found = part(piece, left, right)
        if found is not None and NARROW * height <= found.width <= WIDE * height and found.height >= 0.4 * height:
            yield Step(start + i, start + j, found, 0.0 if right is None else CUT + INK * right.ink, n, is_part=True)


def _joined(line: Line, starts: list[int], singles: list[Step], pair: tuple[int, int], height: float) -> Step:
    first, last = pair
    several = line.pieces[first : last + 1]
    apart = sum(max(0, b.left - a.right) for a, b in itertools.pairwise(several)) / height
    cost = (last - first) * JOIN + GAP * apart
    return Step(starts[first], singles[last].end, together(several), cost, first)


# --- what is chosen -------------------------------------------------------------------------------------------------


def _characters(lattice: Lattice, found: Floats) -> tuple[Character, ...]:
    """The cheapest way through, given the probabilities of each step [steps, classes].

    A character's probabilities are the reader's times the share of ways on which its piece is read so; the rest is
    "none".
    """
    steps = lattice.steps
    p = as_they_stand(
        [s.piece for s in steps],
        lattice.line.pieces,
        [n >= len(lattice.line.pieces) for n in range(len(steps))],
        found,
        lattice.height,
    )
    costs = np.array([_cost(step, row, lattice.height) for step, row in zip(lattice.steps, p, strict=True)])
    taken = _cheapest(lattice, costs)
    shares = _shares(lattice, p.argmax(axis=1), costs, taken) if lattice.asked else np.ones(len(costs))
    none = reader.classes().index(NONE)
    made = []
    for n in taken:
        step, tempered = lattice.steps[n], (p[n] * shares[n]).astype(np.float32)
        tempered[none] += 1 - shares[n]
        begins = step.start == lattice.steps[step.first].start
        made.append(Character(step.piece, _taken_for(p[n])[0], tempered, begins and step.first in lattice.line.spaces))
    return tuple(made)


def _taken_for(p: Floats) -> tuple[str, float]:
    best = int(p.argmax())
    return reader.classes()[best], float(p[best])


def _cost(step: Step, p: Floats, height: float) -> float:
    label, most = _taken_for(p)
    cost = step.cost - float(np.log(max(LEAST, most)))
    if label == NONE:
        return cost + ABSENT
    if label not in ASPECTS:
        return cost + MARK
    return cost + LOW * max(0.0, UPRIGHT - step.piece.height / height)


def _cheapest(lattice: Lattice, costs: Costs) -> list[int]:
    """The steps from the first place to the last that cost least together."""
    _, last = _least(lattice, costs)
    taken, place = [], lattice.places - 1
    while place > 0:
        taken.append(last[place])
        place = lattice.steps[taken[-1]].start
    return taken[::-1]


def _least(lattice: Lattice, costs: Costs) -> tuple[Costs, list[int]]:
    """What the cheapest way to each place costs, and its last step."""
    least, last = np.full(lattice.places, np.inf), [-1] * lattice.places
    least[0] = 0.0
    for n in _in_order(lattice):
        step = lattice.steps[n]
        if (total := least[step.start] + costs[n]) < least[step.end]:
            least[step.end], last[step.end] = total, n
    return least, last


def _shares(lattice: Lattice, labels: Labels, costs: Costs, taken: list[int]) -> Costs:
    """Of each step that is taken, how much likelier the line is with it than the likeliest one without.

    The same character cut a little to the side is no other one.
    """
    left, right = np.array([(step.piece.left, step.piece.right) for step in lattice.steps]).T
    least, result = float(costs[taken].sum()), np.ones(len(costs))
    for n in taken:
        over = np.minimum(right, right[n]) - np.maximum(left, left[n])
        same = (labels == labels[n]) & (2 * over > np.minimum(right - left, right[n] - left[n]))
        without = np.where(same, np.inf, costs)
        result[n] = 1 / (1 + np.exp(least - _least(lattice, without)[0][-1]))
    return result


def _in_order(lattice: Lattice) -> list[int]:
    return sorted(range(len(lattice.steps)), key=lambda n: lattice.steps[n].start)
