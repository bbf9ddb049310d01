"""What is found in a picture, as plain data: pieces of ink in lines, what the reader took them for, what was left out.

Places are in the pixels worked on, which `Sheet.box_of` turns into the picture's own.
"""

import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import cv2
import numpy as np

from fivebyfive.pictures.ink import Ink
from fivebyfive.pictures.shaping import Floats, Mask, Pixels, Stage, Strokes, as_pair, shaped, strokes_of

Box = tuple[int, int, int, int]
"""Left, top, width and height."""


@dataclass(frozen=True)
class Way:
    """How a picture is looked at: where one way leads to nothing sure, another is tried.

    Attributes:
        light: whether ink is lighter than its paper; None: whichever is rarer.
        plain: one threshold for all of the picture, rather than one for each stroke.
        margin: more paper is put around the picture, whose ink may end where it does.
        page: only the sheet of paper that lies in the picture is looked at.
        turn: the picture is turned by so many degrees first, counterclockwise.
    """

    light: bool | None = None
    plain: bool = False
    margin: bool = False
    page: bool = False
    turn: float = 0.0


@dataclass(frozen=True, eq=False)
class Piece:
    """Ink that may be one character: a shape, a part of one, or two together.

    Attributes:
        mask: bool [h, w], cut to its box, whose corner is at `left`, `top`.
        made: how it looks as one of MNIST, where that is known already; else it is made of `mask`.
    """

    mask: Mask
    left: int
    top: int
    made: tuple[Pixels, tuple[Stage, ...]] | None = None

    @property
    def right(self) -> int:
        return self.left + int(self.mask.shape[1])

    @property
    def bottom(self) -> int:
        return self.top + int(self.mask.shape[0])

    @property
    def width(self) -> int:
        return int(self.mask.shape[1])

    @property
    def height(self) -> int:
        return int(self.mask.shape[0])

    @functools.cached_property
    def holes(self) -> int:
        """How many regions its strokes enclose."""
        count, _ = cv2.connectedComponents((~np.pad(self.mask, 1)).astype(np.uint8), connectivity=4)
        return count - 2  # the ink, and what is around it

    @functools.cached_property
    def strokes(self) -> Strokes:
        """Its strokes, enlarged."""
        return strokes_of(self.mask)

    @functools.cached_property
    def shaped(self) -> tuple[Pixels, tuple[Stage, ...]]:
        """As one of MNIST's, uint8 [28, 28], and the stages on the way."""
        return self.made or shaped(self.strokes)

    @functools.cached_property
    def as_pair(self) -> Pixels:
        """As two digits: uint8 [28, 44]."""
        return as_pair(self.mask)

    @property
    def pixels(self) -> Pixels:
        """As one of MNIST's: uint8 [28, 28], light ink on black."""
        return self.shaped[0]


@dataclass(frozen=True, eq=False)
class Line:
    """Pieces in reading order.

    Attributes:
        spaces: the pieces, by number, before which there is a gap.
        row, column: where it stands on the page, each from 0; lines beside one another are columns of one row.
        cell: the row and the column of the table's cell that it is in.
    """

    pieces: tuple[Piece, ...]
    spaces: tuple[int, ...] = ()
    row: int = 0
    column: int = 0
    cell: tuple[int, int] | None = None

    def without(self, numbers: Collection[int]) -> "Line":
        """The same without some of its pieces; a space before one of them is before the next."""
        left = [n for n in range(len(self.pieces)) if n not in numbers]
        spaces = {sum(n < space for n in left) for space in self.spaces} - {0, len(left)}
        return replace(self, pieces=tuple(self.pieces[n] for n in left), spaces=tuple(sorted(spaces)))


@dataclass(frozen=True)
class Unread:
    """What was found and not read: its box in the picture's pixels, and why."""

    box: Box
    reason: str


@dataclass(frozen=True, eq=False)
class Sheet:
    """A picture looked at in one way.

    Attributes:
        picture: uint8 [h, w, C], what was looked at: turned, and with a margin, where the way says so.
        ink: where there is ink in it, in the pixels worked on; None where nothing was looked for.
        back: a box of `picture` as one of the picture that was given.
        note: why nothing was looked at closely where there is too much in it, or "".
    """

    picture: Pixels
    way: Way
    ink: Ink | None
    lines: tuple[Line, ...]
    unread: tuple[Unread, ...]
    back: Callable[[Box], Box]
    note: str = ""

    def box_of(self, piece: Piece) -> Box:
        """Where `piece` is in the picture that was given."""
        return self.back(self.box_in_picture(piece))

    def box_in_picture(self, piece: Piece) -> Box:
        """Where `piece` is in `picture`."""
        return self.in_picture((piece.left, piece.top, piece.right, piece.bottom))

    def in_picture(self, sides: tuple[int, int, int, int]) -> Box:
        """What has these sides (left, top, right, bottom) in the pixels worked on, in `picture`."""
        scale = self.ink.scale if self.ink is not None else 1.0
        height, width = self.picture.shape[:2]
        left, top = int(sides[0] / scale), int(sides[1] / scale)
        right, bottom = min(width, int(-(-sides[2] // scale))), min(height, int(-(-sides[3] // scale)))
        return left, top, max(1, right - left), max(1, bottom - top)


@dataclass(frozen=True, eq=False)
class Character:
    """A piece, and what it was taken for.

    Attributes:
        label: a digit or a mark; "" where no reader was asked.
        probabilities: float32 [classes of the reader]; None where no reader was asked.
        space: a gap is before it.
    """

    piece: Piece
    label: str = ""
    probabilities: Floats | None = None
    space: bool = False


@dataclass(frozen=True, eq=False)
class Written:
    """A picture as it was read: of each of the sheet's lines the characters; what was found and not read."""

    sheet: Sheet
    lines: tuple[tuple[Character, ...], ...]
    unread: tuple[Unread, ...]
