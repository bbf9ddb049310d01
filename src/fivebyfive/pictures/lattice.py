"""Which cuts of a line's ink are characters: segmentation by recognition."""

import numpy as np

from fivebyfive.decision import ranking
from fivebyfive.pictures import reader
from fivebyfive.pictures.sheet import Character, Sheet


def read(sheet: Sheet) -> tuple[tuple[Character, ...], ...]:
    """The characters of each of the sheet's lines, as the reader takes them; "none" is one that it can give."""
    pieces = [piece for line in sheet.lines for piece in line.pieces]
    if not pieces:
        return tuple(() for _ in sheet.lines)
    classes = reader.classes()
    found = iter(reader.probabilities(np.stack([piece.pixels for piece in pieces])))
    lines = []
    for line in sheet.lines:
        line_found = [(piece, next(found)) for piece in line.pieces]
        lines.append(
            tuple(
                Character(piece, classes[ranking(p.tolist(), classes)[0]], p, n in line.spaces)
                for n, (piece, p) in enumerate(line_found)
            )
        )
    return tuple(lines)
