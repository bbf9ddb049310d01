"""Which pieces, cuts and joins of a line are its characters: segmentation by recognition.

The reader is asked about every piece once. Where it doubts one, or one is wide beside its line, it is asked about parts
of it (`cutting.py`) and about neighbours together, all of a sheet at a time. Of all ways from a line's beginning to its
end the cheapest is taken: each character costs what the reader doubts of it and how unlike its class its box is, each
cut and each join something on top. A piece that is surely one digit is never cut.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from fivebyfive.decision import NONE
from fivebyfive.pictures.lines.parts import median
from fivebyfive.pictures.reading import again, reader, twos
from fivebyfive.pictures.reading.proposing import ASPECTS, SURE, Doubts, Lattice, Step, proposed, taken_for
from fivebyfive.pictures.reading.standing import as_they_stand
from fivebyfive.pictures.shaping import Floats
from fivebyfive.pictures.sheet import Character, Line, Piece, Sheet

MOST = 2_000
"""So many parts and joins of a sheet are asked about, shared by all that is doubted."""
HOPEFUL, HANGING, DOUBTED = 8, 100, 150
"""Where not one shape of so many is read without a doubt, and most are none that might be cut, or more than so many may
be, it is hardly writing: no more parts and joins are asked about than a row or two of touching digits have."""
CROWD = 250
"""Where more than so many shapes, and most of all, might be cut, it is no writing, and none is."""
LEAST = 1e-4
"""No probability counts as less."""
ABSENT, LOW, MARK = 3.0, 2.0, 0.0
"""What "none" and a mark cost beside a digit; each height that a digit is lower than its line."""
UPRIGHT = 0.85
"""A digit is hardly lower than this beside its line."""


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
    most = min(parts, MOST if singles <= max(HOPEFUL * known_digits, 2 * min(cuttable, HANGING)) else DOUBTED)
    if cuttable > max(CROWD, singles / 2):
        doubts = [replace(one, cuttable=[False] * len(one.cuttable)) for one in doubts]
    left, lattices = most, []
    doubtful = [one.doubtful for one in doubts]
    looks = again.looks(sheet.ink, lines, doubtful, [one.height for one in doubts])
    for line, doubted, others in zip(lines, doubts, looks, strict=True):
        lattices.append(proposed(line, doubted, others, left, most // max(1, cuttable)))
        left -= len(lattices[-1].asked) + len(lattices[-1].pairs)
    more = _asked([piece for lattice in lattices for piece in lattice.asked])
    pairs = _asked_as_pairs([piece for lattice in lattices for piece in lattice.pairs])
    read, at, pair = [], 0, 0
    for lattice, found, doubted in zip(lattices, known, doubts, strict=True):
        count, two = len(lattice.asked), len(lattice.pairs)
        p = _standing(lattice, found, more[at : at + count]) if count else doubted.standing
        read.append(_characters(lattice, p, pairs[pair : pair + two]))
        at, pair = at + count, pair + two
    return Found(tuple(read), singles + len(more) + len(pairs))


Known = list[Floats]
"""What the reader takes each piece for, [pieces, classes], of each line."""


def _with_halves(lines: Sequence[Line]) -> tuple[Sequence[Line], Known, list[Doubts]]:
    """`lines` with the halves of digits that stood in two of them put together, what is known of them, and doubted."""
    known = _known(lines)
    doubts = [Doubts.of(line, found) for line, found in zip(lines, known, strict=True)]
    digits = [one.height for one in doubts if not all(one.doubtful)]
    pairs = again.halves(lines, [one.doubtful for one in doubts], median(digits) if digits else None)
    pairs += again.broken(lines, [[taken_for(p)[0] for p in one.standing] for one in doubts])
    both = _asked([again.whole(lines, pair) for pair in pairs])
    chosen: list[again.Pair] = []
    for n in np.argsort(-both.max(axis=1, initial=0.0)).tolist():
        label, most = taken_for(both[n])
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


def _asked_as_pairs(pieces: Sequence[Piece]) -> Floats:
    if not pieces:
        return np.zeros((0, 0), np.float32)
    return reader.probabilities_of_pairs(np.stack([piece.as_pair for piece in pieces]))


# --- what is chosen -------------------------------------------------------------------------------------------------


def _standing(lattice: Lattice, found: Floats, more: Floats) -> Floats:
    """The probabilities of each step over one character as it stands: of the line's pieces, and of what else it is."""
    ones = [step.piece for step in lattice.steps if not step.halves]
    made = [n >= len(found) for n in range(len(ones))]
    return as_they_stand(ones, lattice.line.pieces, made, np.concatenate([found, more]), lattice.height)


def _characters(lattice: Lattice, p: Floats, pairs: Floats) -> tuple[Character, ...]:
    """The cheapest way through, given the probabilities of each step over one character [steps, classes], and of each
    over a pair [pairs, 101].

    A character's probabilities are the reader's times the share of ways on which its piece is read so; the rest is
    "none".
    """
    read = _readings(lattice, p, pairs)
    result = []
    for stretch in _stretches(lattice.steps):
        steps, ways = [lattice.steps[n] for n in stretch], [read[n] for n in stretch]
        taken = _cheapest(steps, [way.cost for way in ways])
        for n in taken:
            step = steps[n]
            begins = step.start == lattice.steps[step.first].start and step.first in lattice.line.spaces
            for m, unit in enumerate(ways[n].units):
                share = _share(steps, ways, taken, unit) if len(steps) > len(taken) else 1.0
                result.append(unit.as_character(share, m == 0 and begins))
    return tuple(result)


@dataclass(frozen=True, eq=False)
class _Unit:
    """One character of a step: what it is taken for, how probably, and the probabilities of all classes, where its step
    is right; how probable that is, `told` says.
    """

    piece: Piece
    label: str
    most: float
    p: Floats
    told: float

    @classmethod
    def of(cls, piece: Piece, p: Floats, told: float = 1.0) -> "_Unit":
        return cls(piece, *taken_for(p), p, told)

    def is_like(self, other: "_Unit") -> bool:
        """Whether it is the same character, cut a little to the side perhaps."""
        a, b = self.piece, other.piece
        over = min(a.right, b.right) - max(a.left, b.left)
        return self.label == other.label and 2 * over > min(a.width, b.width)

    def as_character(self, share: float, space: bool) -> Character:
        tempered = (self.p * share * self.told).astype(np.float32)
        tempered[reader.classes().index(NONE)] += 1 - share * self.told
        return Character(self.piece, self.label, tempered, space)


class _Reading(NamedTuple):
    """A step's one character or two, and what all of it costs."""

    units: tuple[_Unit, ...]
    cost: float


def _readings(lattice: Lattice, p: Floats, pairs: Floats) -> list[_Reading]:
    """What each step is taken for. Where a shape is surely two digits, none of the halves it may have is one alone."""
    ones = [step for step in lattice.steps if not step.halves]
    both, halves, single = [], {n for n, step in enumerate(ones) if not step.alone}, np.ones(len(ones))
    for step, q in zip(lattice.steps[len(ones) :], pairs, strict=True):
        whole = (step.start, step.end) == (ones[step.first].start, ones[step.first].end)
        q = twos.beside(q, p[step.first]) if whole else q
        two = twos.read([(p[i], p[j]) for i, j in step.halves], [ones[i].cost for i, _ in step.halves], q)
        i, j = step.halves[two.cut]
        units = tuple(_Unit.of(ones[n].piece, row, two.most**0.5) for n, row in ((i, two.left), (j, two.right)))
        both.append(_Reading(units, ones[i].cost + ones[j].cost + sum(_cost(unit, lattice.height) for unit in units)))
        if whole:
            single[step.first] = twos.is_one(q)
            halves.update(itertools.chain(*step.halves) if twos.is_sure(q) else ())
    alone = []
    for n, (step, row) in enumerate(zip(ones, p, strict=True)):
        unit = _Unit.of(step.piece, row)
        doubt = 0.0 if unit.label == NONE else -float(np.log(single[n]))
        alone.append(_Reading((unit,), np.inf if n in halves else step.cost + doubt + _cost(unit, lattice.height)))
    return alone + both


def _cost(unit: _Unit, height: float) -> float:
    cost = -float(np.log(max(LEAST, unit.most * unit.told)))
    if unit.label == NONE:
        return cost + ABSENT
    if unit.label not in ASPECTS:
        return cost + MARK
    return cost + LOW * max(0.0, UPRIGHT - unit.piece.height / height)


def _stretches(steps: Sequence[Step]) -> list[list[int]]:
    """The steps, by number and by where they begin, between one place that no step leads over and the next."""
    stretches: list[list[int]] = []
    end = 0
    for n in sorted(range(len(steps)), key=lambda n: steps[n].start):
        if steps[n].start >= end:
            stretches.append([])
        stretches[-1].append(n)
        end = max(end, steps[n].end)
    return stretches


def _cheapest(steps: Sequence[Step], costs: Sequence[float]) -> list[int]:
    """The steps from a stretch's first place to its last that cost least together."""
    _, last = _least(steps, costs)
    taken, place = [], max(last)
    while place in last:
        taken.append(last[place])
        place = steps[taken[-1]].start
    return taken[::-1]


def _least(steps: Sequence[Step], costs: Sequence[float]) -> tuple[float, dict[int, int]]:
    """What the cheapest way through a stretch costs, and the last step of that to each place."""
    least, last = {steps[0].start: 0.0}, {}
    for n, (step, cost) in enumerate(zip(steps, costs, strict=True)):
        if (total := least.get(step.start, np.inf) + cost) < least.get(step.end, np.inf):
            least[step.end], last[step.end] = total, n
    return least.get(max(step.end for step in steps), np.inf), last


def _share(steps: Sequence[Step], ways: Sequence[_Reading], taken: Sequence[int], unit: _Unit) -> float:
    """How much likelier a stretch is as it is taken than the likeliest way without this character of it."""
    without = [np.inf if any(unit.is_like(other) for other in way.units) else way.cost for way in ways]
    return float(1 / (1 + np.exp(sum(ways[n].cost for n in taken) - _least(steps, without)[0])))
