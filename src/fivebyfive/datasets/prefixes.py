"""Pictures whose classes are how their names begin, before a number: ``cat.0.jpg``, ``Abyssinian_12.jpg``.

That is a guess, and said so. Names that cameras and programs give say nothing.
"""

import re
from collections import Counter
from pathlib import Path

from fivebyfive.datasets.dataset import FEWEST
from fivebyfive.datasets.encoded import Encoded
from fivebyfive.datasets.found import Files, Found, few, left_out
from fivebyfive.datasets.names import TEST, VALIDATION, part_of
from fivebyfive.datasets.parts import Parts

_NUMBERED = re.compile(r"(.*?[^\W\d_])[ ._-]*\(?\d+\)?")
_NAMELESS = {
    "img", "dsc", "dscn", "dscf", "pxl", "mvimg", "p", "gopr", "vid", "image", "photo", "picture", "pic", "scan",
    "frame", "page", "screenshot", "sample", "x",
}  # fmt: skip
MEAN = 5
"""Pictures of each class at the least, in the mean; fewer are names, not classes."""


def found(parts: Parts) -> Found | None:
    """The pictures of `parts`, by how their names begin; None where that says no classes."""
    train = _labels(parts.train.all())
    counts = Counter(train.values())
    classes = sorted(counts)
    if len(classes) < 2 or min(counts.values()) < FEWEST or len(train) < MEAN * len(classes):
        return None
    place = {name: n for n, name in enumerate(classes)}
    others: dict[str, Files] = {}
    without = []
    for part, folder in parts.others.items():
        labels = _labels(folder.all())
        if labels and set(labels.values()) <= place.keys():
            others[part] = [(Encoded(file), place[label]) for file, label in labels.items()]
        else:
            without.append(f"{folder.path} ({folder.count:,} pictures)")
    files = [(Encoded(file), place[label]) for file, label in train.items()]
    called = {part: name for part, name in parts.called.items() if part not in parts.others or part in others}
    return Found(tuple(classes), files, others.get(VALIDATION), others.get(TEST), called).saying(
        f"guessed: the classes are how the names of files begin: {few([f'{name}…' for name in classes])}",
        left_out(without, "folder without labels", "folders without labels"),
    )


def _labels(files: list[Path]) -> dict[Path, str]:
    """How the name of each file begins; nothing where a name has no number, or says nothing."""
    labels: dict[Path, str] = {}
    for file in files:
        match = _NUMBERED.fullmatch(file.stem)
        if match is None or match[1].lower() in _NAMELESS or part_of(match[1]) is not None:
            return {}
        labels[file] = match[1]
    return labels
