"""What was found where a data set lies, before a picture is opened: files, classes, parts, and what to say of it."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fivebyfive.datasets.encoded import Encoded
from fivebyfive.datasets.limits import shown

Files = list[tuple[Encoded, int]]
"""Pictures, each with its label."""
SHOWN = 4
"""Things that a sentence names before it counts the others."""


@dataclass(frozen=True)
class Found:
    """Pictures in files, and which class and part each belongs to.

    Attributes:
        train: to learn from; what no part was found for is taken from it.
        validation: to choose by, if the source says which.
        test: to report, if the source says which.
        called: what its source calls each part.
        notes: sentences on how it was found, what was left out, and what was guessed.
        missing: files that are named somewhere and not there, if they are to be left out.
    """

    classes: tuple[str, ...]
    train: Files
    validation: Files | None = None
    test: Files | None = None
    called: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def saying(self, *notes: str) -> "Found":
        """The same, with more to say."""
        return dataclasses.replace(self, notes=(*self.notes, *(note for note in notes if note)))


def few(names: Sequence[object], count: int = SHOWN) -> str:
    """The first of `names`, and how many more there are."""
    more = f" and {len(names) - count:,} more" if len(names) > count else ""
    return ", ".join(shown(name, 200) for name in names[:count]) + more


def left_out(names: Sequence[object], one: str, several: str) -> str:
    """A sentence: `names`, which are `one` thing or `several`, are left out; nothing where there are none."""
    if not names:
        return ""
    return f"left out: {len(names):,} {one if len(names) == 1 else several}: {few(names)}"
