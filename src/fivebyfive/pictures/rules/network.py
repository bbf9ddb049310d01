"""Which straight lines are rules, and which are the long strokes of digits.

A rule crosses the picture, or is long beside the writing around it, or ends where it meets others of its kind and has
part in a frame that something is written in. A digit's own stroke does none of these.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from fivebyfive.pictures.rules import edges
from fivebyfive.pictures.rules.closing import closers
from fivebyfive.pictures.rules.combs import bases, field, teeth
from fivebyfive.pictures.rules.erasing import Writing, both_drawn, writing_without
from fivebyfive.pictures.rules.line import Bytes, Floats, Line, Mask, Numbers
from fivebyfive.pictures.rules.meeting import Net, corner_of, ends_of, joined, lengths, net_of

BESIDE = {"crossing": 2.2, "meeting": 2.5, "corners": 1.3, "many": 6.0, "level": 3.0, "upright": 5.0}
"""Rules are so many times as long as the writing is high; a bar below several digits may belong to a fraction."""
STROKE = 0.2
"""What is thicker than this share of the writing's height is a stroke."""
HEAVY, MANY = 0.6, 4
"""But not what meets so many rules, is far longer than any stroke, and no thicker than this, in the same."""
CANDIDATE = 0.3
"""Lines of this share of the picture's longer side are no writing while its height is estimated."""
THROUGH = 0.5
"""A line goes through another where both go on beyond it by so much, beside the writing."""
DARKER = 1.5
"""Short lines of one frame have less than so many times the usual ink of all."""
EDGED, LIKE = 0.25, 1.2
"""Of the picture's side, how long those are that begin at its edge and cross others of the same thickness and darkness;
and how far one from edge to edge is from these at most, which crosses one of them only."""
FILLED = 0.25
"""What is written in a frame is at least this share of its shorter side."""


@dataclass(frozen=True)
class Region:
    """What lines shut in, or leave open to the picture's edge: its box, and whether something is written in it."""

    left: int
    top: int
    right: int
    bottom: int
    open: bool
    filled: bool


@dataclass(frozen=True)
class Rules:
    """Level and upright rules; `tall`, the usual height of the writing, 0 where there is none; the regions they make.

    `ignored` is the share of the writing, by its ink, that stands across rules as if they were not there.
    """

    level: list[Line]
    upright: list[Line]
    tall: float
    regions: list[Region]
    ignored: float


def rules(mask: Bytes, level: list[Line], upright: list[Line], darkest: float) -> Rules:
    """Those of the lines in `mask`, uint8 [h, w], that are rules; how dark the darkest ink is."""
    net = net_of(level, upright, (mask.shape[0], mask.shape[1]))
    probable = _probable(net)
    if not probable.any():
        return Rules([], [], 0.0, [], 0.0)
    writing = writing_without(mask, *_kept(net, probable))
    chosen = _long(net, probable, writing) & ~edges.along_the_edge(net, darkest)
    chosen |= edges.faint(net, probable, darkest)
    regions, ignored = _regions(net, probable, writing)
    chosen |= _framing(net, probable, chosen, regions, writing)
    if not chosen.any():
        return Rules([], [], 0.0, [], 0.0)
    chosen = _with_crossed(net, chosen, writing.tall)
    chosen |= _of_a_family(net, probable, chosen & edges.crossing(net))
    level_kept, upright_kept = _kept(net, chosen)
    possible = bases(level_kept, upright_kept, writing.tall)
    fields = [(base, comb) for base in possible if (comb := teeth(base, mask, writing.tall))]
    upright_kept += [tooth for _, comb in fields for tooth in comb]
    ends = ([], []) if fields else closers(level_kept, upright_kept, writing.tall, net.size)
    if fields or any(ends) or not np.array_equal(chosen, probable):
        writing = writing_without(mask, level_kept, upright_kept)
        whole = _parted(net, [*level_kept, *ends[0]], [*upright_kept, *ends[1]], fields, writing.tall)
        regions, ignored = _regions(*whole, writing)
    return Rules(level_kept, upright_kept, writing.tall, regions, ignored)


def _kept(net: Net, which: Mask) -> tuple[list[Line], list[Line]]:
    n = len(net.level)
    level = [line for line, use in zip(net.level, which[:n], strict=True) if use]
    return level, [line for line, use in zip(net.upright, which[n:], strict=True) if use]


def _parted(
    net: Net, level: list[Line], upright: list[Line], fields: list[tuple[Line, list[Line]]], tall: float
) -> tuple[Net, Mask]:
    """The lines that make cells: the rules, and those that go on from the teeth of combs, each on its base."""
    others = [line for line in level if all(line is not base for base, _ in fields)]
    added = [field(base, comb, others, tall) for base, comb in fields]
    whole = net_of(
        [*level, *(line for above, _ in added for line in above)],
        [*upright, *(line for _, parts in added for line in parts)],
        net.size,
    )
    return whole, np.ones(len(whole.lines), bool)


def _probable(net: Net) -> Mask:
    """Lines that may be rules: long ones, and those that end where they meet others of these."""
    n, m = len(net.level), len(net.upright)
    begins, ends = edges.at_border(net)
    long = (lengths(net) >= CANDIDATE * max(net.size)) | edges.crossing(net)
    slack = np.concatenate([corner_of(net.level), corner_of(net.upright)]) * 1.5
    first, last = np.concatenate([ends_of(net.level), ends_of(net.upright)], axis=1)
    alive = np.ones(n + m, bool)
    while True:
        both = net.meets & alive[:n, None] & alive[n:]
        at_first = [(both & (np.abs(net.x - first[:n, None]) <= slack[:n, None])).any(axis=1)]
        at_first.append((both & (np.abs(net.y - first[n:]) <= slack[n:])).any(axis=0))
        at_last = [(both & (np.abs(net.x - last[:n, None]) <= slack[:n, None])).any(axis=1)]
        at_last.append((both & (np.abs(net.y - last[n:]) <= slack[n:])).any(axis=0))
        met = np.concatenate([both.any(axis=1), both.any(axis=0)])
        begun, ended = np.concatenate(at_first) | (begins & met), np.concatenate(at_last) | (ends & met)
        after = alive & (long | (begun & ended))
        if np.array_equal(after, alive):
            return alive
        alive = after


def _long(net: Net, probable: Mask, writing: Writing) -> Mask:
    """Lines that are rules by themselves."""
    n, tall = len(net.level), writing.tall
    length, upright = lengths(net), np.arange(len(net.lines)) >= n
    thick = np.array([line.thick for line in net.lines])
    slim = (thick <= max(2.0, STROKE * tall)) & (length >= edges.SLENDER * thick)
    crossing = edges.crossing(net) & probable
    counts = int(crossing[:n].sum()), int(crossing[n:].sum())
    if tall == 0:
        # Nothing but lines: a 1 that fills its picture, or a 7 or a 4 of two strokes, has no two of each kind.
        paper = counts[1] == 0 or min(counts) >= 2
        return crossing & paper
    many = np.where(upright, counts[1], counts[0]) >= 3
    boxes = writing.stats[writing.shapes]
    beyond = []
    for i, line in enumerate(net.lines):
        axis = int(i >= n)
        low, high = boxes[:, axis].min(), (boxes[:, axis] + boxes[:, axis + 2]).max()
        margin = 0.02 * net.size[1 - axis]
        beyond.append(line.first < low - margin and line.last > high + margin)
    clear = np.array([i < n and _is_clear(line, boxes) for i, line in enumerate(net.lines)])
    alone = many | clear | np.array(beyond) | (length >= BESIDE["crossing"] * tall)
    result = crossing & ~edges.is_a_pens(net, crossing) & alone
    result |= _of_a_family(net, probable, result & crossing)
    long = length >= np.where(upright, BESIDE["upright"], BESIDE["level"]) * tall
    return np.asarray(result | (probable & slim & long))


def _is_clear(line: Line, boxes: npt.NDArray[np.int32]) -> bool:
    """Whether a level line stands clear of all that is written, in OpenCV's `boxes`."""
    above, below = line.rows.max() + line.thick, line.rows.min() - line.thick
    return bool(((boxes[:, 1] > above) | (boxes[:, 1] + boxes[:, 3] < below)).all())


def _of_a_family(net: Net, probable: Mask, rules: Mask) -> Mask:
    """Lines like two rules beside them that cross the picture, though a digit hides where they end."""
    n = len(net.level)
    begins, ends = edges.at_border(net)
    upright = np.arange(len(net.lines)) >= n
    values = np.array([(line.thick, max(line.dark, 1e-6)) for line in net.lines])
    result = np.zeros(len(net.lines), bool)
    for direction in (upright, ~upright):
        family = direction & rules
        if family.sum() >= 2:
            ratio = values / np.median(values[family], axis=0)
            alike = ((ratio < DARKER) & (ratio > 1 / DARKER)).all(axis=1)
            result |= direction & probable & alike & (begins | ends) & (lengths(net) >= 0.5 * edges.sides(net))
    return result


def _with_crossed(net: Net, chosen: Mask, tall: float) -> Mask:
    """The rules, and what is one because it crosses these, and so on: of squares in a shadow only some cross all."""
    while True:
        more = chosen | _crossed(net, chosen, tall)
        if np.array_equal(more, chosen):
            return chosen
        chosen = more


def _crossed(net: Net, chosen: Mask, tall: float) -> Mask:
    """Long lines that meet several rules, as the inner ones of a table without a frame, or go through one; and those
    that begin at the picture's edge and meet several, if they are like these. None is far darker than the darkest
    rule: a pen's stroke. What meets many may be as thick and as dark as it will: a puzzle's frame.
    """
    n = len(net.level)
    ends = ends_of(net.level)[:, :, None], ends_of(net.upright)[:, None]
    inside = [np.minimum(at - first, last - at) for (first, last), at in zip(ends, (net.x, net.y), strict=True)]
    through = np.minimum(*inside) >= THROUGH * tall
    met = [np.where(chosen[:n, None], net.meets + 1.0 * through, 0).sum(axis=0)]
    met.insert(0, np.where(chosen[n:], net.meets + 1.0 * through, 0).sum(axis=1))
    slim = np.array([line.thick <= max(2.0, STROKE * tall) for line in net.lines])
    long = (np.concatenate(met) >= 2) & (lengths(net) >= BESIDE["meeting"] * tall)
    long |= _at_corners(net, chosen) & (lengths(net) >= BESIDE["corners"] * tall)
    thick, dark = np.array([(line.thick, line.dark) for line in net.lines]).T
    alike = (thick < DARKER * thick[chosen].max()) & (dark > dark[chosen].min() / DARKER)
    begins, ends_there = edges.at_border(net)
    least = np.minimum(BESIDE["corners"] * tall, EDGED * edges.sides(net))
    crossing = edges.crossing(net)
    across = crossing | ((begins | ends_there) & slim & (lengths(net) >= least))
    across &= (np.concatenate(met) >= 2) & alike
    across |= crossing & (np.concatenate(met) >= 1) & _is_like_a_rule(thick, dark, chosen & crossing)
    count = np.concatenate([(net.meets & chosen[n:]).sum(axis=1), (net.meets & chosen[:n, None]).sum(axis=0)])
    heavy = (count >= MANY) & (lengths(net) >= BESIDE["many"] * tall) & (thick <= HEAVY * tall)
    return np.asarray((((slim & long) | across) & (dark < DARKER * dark[chosen].max())) | heavy)


def _is_like_a_rule(thick: Floats, dark: Floats, rules: Mask) -> Mask:
    """Whether lines are as thick and as dark as any of these rules."""
    like = np.ones((len(thick), int(rules.sum())), bool)
    for values in (thick, dark):
        ratio = values[:, None] / np.maximum(values[rules], 1e-6)
        like &= (ratio < LIKE) & (ratio > 1 / LIKE)
    return np.asarray(like.any(axis=1))


def _at_corners(net: Net, chosen: Mask) -> Mask:
    """Lines from the end of one rule to the end of another on the same side, as of a frame that the picture cuts."""
    n = len(net.level)
    both = []
    for lines, at, meets in (
        (net.level, net.x, net.meets & chosen[:n, None]),
        (net.upright, net.y.T, net.meets.T & chosen[n:, None]),
    ):
        near = corner_of(lines)[:, None]
        count = [(meets & (np.abs(at - ends[:, None]) <= near)).sum(axis=0) for ends in ends_of(lines)]
        both.append(np.maximum(*count) >= 2)
    return np.concatenate(both[::-1])


def _regions(net: Net, which: Mask, writing: Writing) -> tuple[list[Region], float]:
    """What the lines shut in, and the share of the writing's ink that stands across them."""
    n = len(net.level)
    if not which[:n].any() or not which[n:].any():
        return [], 0.0
    level, upright = both_drawn(*_kept(joined(net, which), which), net.size, 1.0)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - (level | upright), connectivity=4)
    if count * (len(writing.shapes) + 1) > 4_000_000 or count < 2:
        return [], 0.0
    number = np.zeros(len(writing.stats), np.intp)
    number[writing.shapes] = np.arange(1, len(writing.shapes) + 1)
    at = np.flatnonzero(writing.labels)
    owner, region = number[writing.labels.ravel()[at]], labels.ravel()[at]
    use = (owner > 0) & (region > 0)
    shape = (len(writing.shapes) + 1, count)
    shares = np.bincount(owner[use] * count + region[use], minlength=shape[0] * shape[1]).reshape(shape)[1:]
    homes = shares.argmax(axis=1) if len(shares) else np.zeros(0, np.intp)
    filled = np.zeros(count, bool)
    filled[homes[writing.sizes[writing.shapes] >= FILLED * stats[homes, 2:4].min(axis=1)]] = True
    ink = shares.sum()
    ignored = 1 - float(shares.max(axis=1, initial=0).sum()) / ink if ink else 0.0
    edge = np.zeros(count, bool)
    edge[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = True
    regions = []
    for i in range(1, count):
        left, top, width, height, area = (int(v) for v in stats[i])
        if area >= 30:
            regions.append(Region(left, top, left + width, top + height, bool(edge[i]), bool(filled[i])))
    return regions, ignored


def _framing(net: Net, probable: Mask, chosen: Mask, regions: list[Region], writing: Writing) -> Mask:
    """Lines of frames that something is written in, and of empty ones like these."""
    result = np.zeros(len(net.lines), bool)
    frames = [(members, _box(net, members)) for members in _clusters(net, probable)]
    good = []
    for members, box in frames:
        inside = [r for r in regions if r.filled and not r.open and _within((r.left, r.top, r.right, r.bottom), box)]
        if inside or chosen[members].all():
            good.append(box)
    for members, box in frames:
        if box in good or any(_alike(box, other) for other in good):
            result[_of_one_kind(net, members, writing.tall)] = True
    return result


def _clusters(net: Net, which: Mask) -> list[Numbers]:
    """The lines that meet, directly or by others, by number."""
    n = len(net.level)
    both = net.meets & which[:n, None] & which[n:]
    left = {int(i) for i in np.flatnonzero(which)}
    clusters = []
    while left:
        reached, todo = set(), [left.pop()]
        while todo:
            at = todo.pop()
            reached.add(at)
            others = n + np.flatnonzero(both[at]) if at < n else np.flatnonzero(both[:, at - n])
            new = [int(i) for i in others if int(i) in left]
            left.difference_update(new)
            todo += new
        clusters.append(np.array(sorted(reached)))
    return clusters


Box = tuple[float, float, float, float]


def _box(net: Net, members: Numbers) -> Box:
    n = len(net.level)
    level, upright = [net.lines[i] for i in members if i < n], [net.lines[i] for i in members if i >= n]
    xs = [float(v) for line in level for v in (line.first, line.last)]
    xs += [float(v) for line in upright for v in (line.rows.min(), line.rows.max())]
    ys = [float(v) for line in upright for v in (line.first, line.last)]
    ys += [float(v) for line in level for v in (line.rows.min(), line.rows.max())]
    return min(xs), min(ys), max(xs), max(ys)


def _within(a: Box, b: Box) -> bool:
    return a[0] >= b[0] - 3 and a[1] >= b[1] - 3 and a[2] <= b[2] + 3 and a[3] <= b[3] + 3


def _alike(a: Box, b: Box) -> bool:
    """Whether two frames are of one size and in one row or column."""
    sizes = [(box[2] - box[0], box[3] - box[1]) for box in (a, b)]
    if any(min(p, q) < 0.8 * max(p, q) for p, q in zip(*sizes, strict=True)):
        return False
    return any(min(a[k + 2], b[k + 2]) - max(a[k], b[k]) > 0.6 * sizes[0][k] for k in (0, 1))


def _of_one_kind(net: Net, members: Numbers, tall: float) -> Numbers:
    """Without short lines far thicker than the others: a 1 may stand between two rules."""
    thick = np.array([net.lines[i].thick for i in members])
    dark = np.array([net.lines[i].dark for i in members]) / float(np.median([net.lines[i].dark for i in members]))
    long = np.array([len(net.lines[i].rows) >= 3 * tall for i in members]) & (thick <= STROKE * tall)
    return members[long | ((thick <= 1.7 * float(np.median(thick)) + 1) & (dark < DARKER))]
