"""Chapter 1, the code: the functions that the picture went through, as they stand in the source."""

from pathlib import PurePath

from fivebyfive.explain.source import split_lines
from fivebyfive.views.listing import Listing, listings
from fivebyfive.views.post.article import Block, Code, Fold, Section, said
from fivebyfive.views.post.subject import Subject, dedented

MOST_LINES = 90
"""Lines of code that are shown at once; what is more is folded."""


def section(subject: Subject) -> Section:
    """All functions; none is cut, but a long network's are folded."""
    found = listings(subject.trace)
    if not found:
        return Section("The code", 2, (said("This network comes without code that could be shown."),))
    blocks = [_code(subject, listing) for listing in found]
    shown: list[Block] = []
    lines = 0
    for block in blocks:
        lines += block.text.count("\n") + 1
        if shown and lines > MOST_LINES:
            break
        shown.append(block)
    rest = tuple(blocks[len(shown) :])
    intro = said(
        "These are the lines that the picture goes through. Skim them; each is explained below, with the numbers that "
        "it made of one picture."
    )
    folded = (Fold(f"{len(rest)} more function{'s' * (len(rest) > 1)}", rest),) if rest else ()
    return Section("The code", 2, (intro, *shown, *folded))


def _code(subject: Subject, listing: Listing) -> Code:
    lines = split_lines(subject.trace.source_files[listing.file])
    first, last = listing.rows[0].first, listing.rows[-1].last
    file = PurePath(listing.file).name
    return Code(dedented(lines[first - 1 : last]), f"{file}, lines {first}–{last}")
