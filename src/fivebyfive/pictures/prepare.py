"""A picture as a model takes it: its digits found and made like MNIST's, or the whole of it scaled."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import Picture
from fivebyfive.pictures.fitting import CROP, taken
from fivebyfive.pictures.preparation import DIGITS, is_mark, is_prepared
from fivebyfive.pictures.sheet import Box, Character, Unread, Written

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Part:
    """One character of a line.

    Attributes:
        box: left, top, width and height in the file's picture.
        space: a gap is before it.
        label: the digit or the mark that the shipped reader took it for, so `probability` sure; "" where it was not
            asked. About a mark no other model is.
    """

    box: Box
    space: bool = False
    label: str = ""
    probability: float = 1.0

    @property
    def is_mark(self) -> bool:
        """Whether it is no digit, and no other model is asked about it."""
        return is_mark(self.label)


@dataclass(frozen=True)
class PreparedLine:
    """What stands beside one another; `row`, `column` and `cell` as in `sheet.Line`."""

    parts: tuple[Part, ...]
    row: int = 0
    column: int = 0
    cell: tuple[int, int] | None = None


@dataclass(frozen=True)
class Prepared:
    """A picture as the model takes it.

    Attributes:
        images: uint8 [N, H, W, C], one for each digit, or one for the whole picture.
        lines: where they are, in reading order; of every part that is no mark there is an image.
        unread: what was found and is no digit, in the file's picture.
        stages: of each image, what was done to it on the way, where that was asked for: names and pictures, uint8
            [h, w] or [h, w, 3].
        page: the same of the whole picture, as `showing` has it.
        note: why there is none, where the picture holds too much.
    """

    images: Pixels
    lines: tuple[PreparedLine, ...]
    unread: tuple[Unread, ...] = ()
    stages: tuple[tuple[tuple[str, Pixels], ...], ...] = ()
    page: tuple[tuple[str, Pixels], ...] = ()
    note: str = ""

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Of each image, where it is in the file's picture."""
        return tuple(part.box for line in self.lines for part in line.parts if not part.is_mark)


def prepare(
    picture: Picture,
    preparation: str,
    shape: tuple[int, int, int],
    raw: bool = False,
    stages: int = 0,
    digits: bool = True,
    fit: str = CROP,
) -> Prepared:
    """`picture` as a model of this `preparation` and `shape` takes it.

    Args:
        raw: the picture is as the model was taught already.
        stages: keep what was done to the picture and to each digit, to be shown; the longer side of the picture's.
        digits: the model's classes are digits, so that only what the shipped reader takes for one is given to it.
        fit: how a whole picture comes to the model's size, one of `fitting.FITS`.

    Raises:
        InputError: `raw`, and the picture has another size.
    """
    if raw and (picture.height, picture.width) != shape[:2]:
        raise InputError(
            f"with --raw the picture must be {shape[1]}×{shape[0]} pixels; this one is "
            f"{picture.width}×{picture.height} (without --raw it is prepared)"
        )
    if raw or preparation != DIGITS or is_prepared(picture.pixels):
        whole = PreparedLine((Part((0, 0, picture.width, picture.height)),))
        return Prepared(taken(picture, shape, fit)[None], (whole,), stages=((),) if stages else ())
    from fivebyfive.pictures import showing
    from fivebyfive.pictures.reading import choosing

    pixels = picture.pixels if picture.spread is None else picture.spread
    written = choosing.read(pixels) if digits else choosing.found(pixels)
    asked = [c for line in written.lines for c in line if not is_mark(c.label)]
    return Prepared(
        images=np.stack([c.piece.pixels for c in asked])[..., None] if asked else np.zeros((0, *shape), np.uint8),
        lines=tuple(_line(written, n, picture.reduction) for n in range(len(written.lines)) if written.lines[n]),
        unread=tuple(Unread(_enlarged(one.box, picture.reduction), one.reason) for one in written.unread),
        stages=tuple(_stages(c, written) for c in asked) if stages else (),
        page=showing.stages_of(written, stages) if stages else (),
        note=written.sheet.note,
    )


def _line(written: Written, number: int, reduction: float) -> PreparedLine:
    line = written.sheet.lines[number]
    parts = (
        Part(_enlarged(written.sheet.box_of(c.piece), reduction), c.space, *_taken(c)) for c in written.lines[number]
    )
    return PreparedLine(tuple(parts), line.row, line.column, line.cell)


def _taken(character: Character) -> tuple[str, float]:
    """What the shipped reader took it for, and how sure it is."""
    if character.probabilities is None:
        return "", 1.0
    from fivebyfive.pictures.reading import reader

    return character.label, float(character.probabilities[reader.classes().index(character.label)])


def _enlarged(box: Box, factor: float) -> Box:
    x, y, w, h = (round(n * factor) for n in box)
    return x, y, w, h


def _stages(character: Character, written: Written) -> tuple[tuple[str, Pixels], ...]:
    """From the cut-out to 28×28: names and pictures."""
    piece, sheet = character.piece, written.sheet
    x, y, w, h = sheet.box_in_picture(piece)
    found: list[tuple[str, Pixels]] = [("cut out", sheet.picture[y : y + h, x : x + w])]
    if sheet.ink is not None:
        amount = sheet.ink.amount[piece.top : piece.bottom, piece.left : piece.right]
        found.append(("ink", np.rint(amount * piece.mask * 255).astype(np.uint8)))
    return (*found, *((stage.name, stage.pixels) for stage in piece.shaped[1]))
