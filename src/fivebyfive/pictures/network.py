"""Which straight lines are rules, and which are the long strokes of digits.

A rule crosses the picture, or is long beside the writing around it, or ends where it meets others of its kind and has
part in a frame that something is written in. A digit's own stroke does none of these.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from fivebyfive.pictures.combs import field, teeth
from fivebyfive.pictures.erasing import Writing, both_drawn, writing_without
from fivebyfive.pictures.line import Bytes, Floats, Line, Mask, Numbers

BORDER = 0.03
"""So near to the picture's edge, as a share of its side, a line that crosses it ends."""
ACROSS = 0.6
"""A line that crosses the picture does so for this share of its side: it may leave through a corner."""
BESIDE = {"crossing": 2.2, "meeting": 2.5, "level": 3.0, "upright": 5.0}
"""Rules are so many times as long as the writing is high; a bar below several digits may belong to a fraction."""
STROKE = 0.2
"""What is thicker than this share of the writing's height is a stroke."""
SLENDER = 10
"""A rule by itself is at least so many times as long as it is thick."""
CANDIDATE = 0.3
"""Lines of this share of the picture's longer side are no writing while its height is estimated."""
TOUCH = 4
"""Pixels between a line's end and the edge of one that it meets, at most."""
DARKER = 1.5
"""Short lines of one frame have less than so many times the usual ink of all."""
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


@dataclass(frozen=True)
class _Net:
    """Level and upright lines, and where they meet.

    Attributes:
        level, upright: the lines; upright ones as in the turned picture.
        x, y: [n, m], where each level line would meet each upright one.
        meets: bool [n, m], whether they do.
        size: height and width of the picture.
    """

    level: list[Line]
    upright: list[Line]
    x: Floats
    y: Floats
    meets: Mask
    size: tuple[int, int]

    @property
    def lines(self) -> list[Line]:
        return [*self.level, *self.upright]


def rules(mask: Bytes, level: list[Line], upright: list[Line]) -> Rules:
    """Those of the lines in `mask`, uint8 [h, w], that are rules."""
    net = _net(level, upright, (mask.shape[0], mask.shape[1]))
    probable = _probable(net)
    if not probable.any():
        return Rules([], [], 0.0, [], 0.0)
    writing = writing_without(mask, *_kept(net, probable))
    chosen = _long(net, probable, writing)
    regions, ignored = _regions(net, probable, writing)
    chosen |= _framing(net, probable, chosen, regions, writing)
    if not chosen.any():
        return Rules([], [], 0.0, [], 0.0)
    chosen |= _crossed(net, chosen, writing.tall)
    fields = _fields(net, chosen, writing.tall)
    chosen[[len(level) + i for _, comb in fields for i in comb]] = True
    if not np.array_equal(chosen, probable):
        writing = writing_without(mask, *_kept(net, chosen))
        regions, ignored = _regions(*_parted(net, chosen, fields, writing.tall), writing)
    kept, lasting = _kept(net, chosen)
    return Rules(kept, lasting, writing.tall, regions, ignored)


def _kept(net: _Net, which: Mask) -> tuple[list[Line], list[Line]]:
    n = len(net.level)
    level = [line for line, use in zip(net.level, which[:n], strict=True) if use]
    return level, [line for line, use in zip(net.upright, which[n:], strict=True) if use]


Field = tuple[Line, list[int]]


def _fields(net: _Net, chosen: Mask, tall: float) -> list[Field]:
    """The rules that teeth of a comb stand on, and these, by number."""
    n = len(net.level)
    short = [int(i) for i in np.flatnonzero(~chosen[n:])]
    combs = ((b, teeth(b, [net.upright[i] for i in short], tall)) for b in _kept(net, chosen)[0])
    return [(base, [short[i] for i in comb]) for base, comb in combs if comb]


def _parted(net: _Net, chosen: Mask, fields: list[Field], tall: float) -> tuple[_Net, Mask]:
    """The lines that make cells: the rules, and those that go on from the teeth of combs."""
    if not fields:
        return net, chosen
    level, upright = _kept(net, chosen)
    added = [field(base, [net.upright[i] for i in comb], level, tall) for base, comb in fields]
    whole = _net(
        [*level, *(line for above, _ in added for line in above)],
        [*upright, *(line for _, parts in added for line in parts)],
        net.size,
    )
    return whole, np.ones(len(whole.lines), bool)


def _net(level: list[Line], upright: list[Line], size: tuple[int, int]) -> _Net:
    x = np.tile([float(line.rows.mean()) for line in upright], (len(level), 1)).reshape(len(level), len(upright))
    y = np.zeros(x.shape)
    for _ in range(2):
        y = np.array([line.at(x[i]) for i, line in enumerate(level)]).reshape(x.shape)
        x = np.array([line.at(y[:, j]) for j, line in enumerate(upright)]).reshape(x.shape[::-1]).T
    level_ends, upright_ends = _ends(level)[:, :, None], _ends(upright)[:, None]
    thick = [np.array([line.thick for line in lines]) for lines in (level, upright)]
    touch = np.maximum(thick[0][:, None], thick[1]) / 2 + TOUCH
    corner = np.minimum(_corner(level)[:, None], _corner(upright))
    past = [np.maximum(ends[0] - at, at - ends[1]) for ends, at in ((level_ends, x), (upright_ends, y))]
    short = [np.abs(ends - at).min(axis=0) for ends, at in ((level_ends, x), (upright_ends, y))]
    meets = (np.maximum(*past) <= touch) | (np.maximum(*short) <= corner)
    return _Net(level, upright, x, y, meets, size)


def _ends(lines: list[Line]) -> Floats:
    """The first and last columns of lines, [2, n]."""
    return np.array([[line.first for line in lines], [line.last for line in lines]], np.float64)


def _corner(lines: list[Line]) -> Floats:
    """How far from their ends two lines may meet: corners may be round."""
    return np.array([max(2 * line.thick + 2, 0.1 * len(line.rows)) for line in lines])


def _at_border(net: _Net) -> tuple[Mask, Mask]:
    """Whether the lines begin, and end, at the picture's edge."""
    ends = []
    for side in (0, -1):
        at = []
        for lines, (deep, wide) in ((net.level, net.size), (net.upright, net.size[::-1])):
            for line in lines:
                along = line.first < BORDER * wide + 2 if side == 0 else line.last > (1 - BORDER) * wide - 3
                out = line.rows[side] < 3 or line.rows[side] > deep - 4
                at.append(bool(along or out))
        ends.append(np.array(at, bool))
    return ends[0], ends[1]


def _lengths(net: _Net) -> Floats:
    return np.array([float(len(line.rows)) for line in net.lines])


def _crossing(net: _Net) -> Mask:
    begins, ends = _at_border(net)
    side = np.array([net.size[1]] * len(net.level) + [net.size[0]] * len(net.upright))
    return np.asarray(begins & ends & (_lengths(net) >= ACROSS * side))


def _probable(net: _Net) -> Mask:
    """Lines that may be rules: long ones, and those that end where they meet others of these."""
    n, m = len(net.level), len(net.upright)
    begins, ends = _at_border(net)
    long = (_lengths(net) >= CANDIDATE * max(net.size)) | _crossing(net)
    slack = np.concatenate([_corner(net.level), _corner(net.upright)]) * 1.5
    first, last = np.concatenate([_ends(net.level), _ends(net.upright)], axis=1)
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


def _long(net: _Net, probable: Mask, writing: Writing) -> Mask:
    """Lines that are rules by themselves."""
    n, tall = len(net.level), writing.tall
    length, upright = _lengths(net), np.arange(len(net.lines)) >= n
    thick = np.array([line.thick for line in net.lines])
    slim = (thick <= max(2.0, STROKE * tall)) & (length >= SLENDER * thick)
    crossing = _crossing(net) & probable
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
    result = crossing & (many | np.array(beyond) | (length >= BESIDE["crossing"] * tall))
    alone = np.where(upright, BESIDE["upright"], BESIDE["level"])
    return np.asarray(result | (probable & slim & (length >= alone * tall)))


def _crossed(net: _Net, chosen: Mask, tall: float) -> Mask:
    """Long lines that meet several rules, as the inner ones of a table without a frame."""
    n = len(net.level)
    meets = net.meets & chosen[:n, None], net.meets & chosen[n:]
    met = np.concatenate([meets[1].sum(axis=1), meets[0].sum(axis=0)])
    slim = np.array([line.thick <= max(2.0, STROKE * tall) for line in net.lines])
    return np.asarray((met >= 2) & slim & (_lengths(net) >= BESIDE["meeting"] * tall))


def _regions(net: _Net, which: Mask, writing: Writing) -> tuple[list[Region], float]:
    """What the lines shut in, and the share of the writing's ink that stands across them."""
    n = len(net.level)
    if not which[:n].any() or not which[n:].any():
        return [], 0.0
    level, upright = both_drawn(*_kept(_joined(net, which), which), net.size, 1.0)
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


def _joined(net: _Net, which: Mask) -> _Net:
    """The lines made longer where they meet others a little beyond their ends."""
    n = len(net.level)
    both = net.meets & which[:n, None] & which[n:]
    level = [_reaching(line, net.x[i][both[i]]) for i, line in enumerate(net.level)]
    upright = [_reaching(line, net.y[:, j][both[:, j]]) for j, line in enumerate(net.upright)]
    return _Net(level, upright, net.x, net.y, net.meets, net.size)


def _reaching(line: Line, columns: Floats) -> Line:
    first = min(line.first, int(np.floor(columns.min(initial=line.first))))
    last = max(line.last, int(np.ceil(columns.max(initial=line.last))))
    return Line(first, line.at(np.arange(first, last + 1)), line.thick)


def _framing(net: _Net, probable: Mask, chosen: Mask, regions: list[Region], writing: Writing) -> Mask:
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


def _clusters(net: _Net, which: Mask) -> list[Numbers]:
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


def _box(net: _Net, members: Numbers) -> Box:
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


def _of_one_kind(net: _Net, members: Numbers, tall: float) -> Numbers:
    """Without short lines far thicker than the others: a 1 may stand between two rules."""
    thick = np.array([net.lines[i].thick for i in members])
    dark = np.array([net.lines[i].dark for i in members]) / float(np.median([net.lines[i].dark for i in members]))
    long = np.array([len(net.lines[i].rows) >= 3 * tall for i in members]) & (thick <= STROKE * tall)
    return members[long | ((thick <= 1.7 * float(np.median(thick)) + 1) & (dark < DARKER))]
