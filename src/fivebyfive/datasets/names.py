"""What folders, arrays and tables are called that hold a part of a data set: to train on, to choose by, to report.

One list for all of them. A name may say more: ``seg_train`` and ``seg_test`` are parts of one set, called ``seg``.
"""

import re
from collections.abc import Collection

TRAIN, VALIDATION, TEST = "train", "validation", "test"

_MEANING = {
    **dict.fromkeys(("train", "training", "trn"), TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev", "development", "publictest"), VALIDATION),
    **dict.fromkeys(("test", "testing", "tst", "eval", "evaluation", "privatetest"), TEST),
}
_SAY_NOTHING = {
    "set",
    "data",
    "dataset",
    "images",
    "image",
    "imgs",
    "img",
    "pictures",
    "photos",
    "split",
    "folder",
    "part",
}
"""Words beside these that do not name another set."""
_REPORTS_TOO = {"eval", "evaluation"}
"""Of a set that has a ``test`` and no ``val``, what is called so is to choose by."""


def part_of(name: str) -> tuple[str, str] | None:
    """The part that something called `name` holds, and what else the name says; None where it says no part, or two."""
    words = [word for word in re.split(r"[\W\d_]+", name.lower()) if word]
    parts = [word for word in words if word in _MEANING]
    if len(parts) != 1:
        return None
    return _MEANING[parts[0]], " ".join(w for w in words if w not in _SAY_NOTHING and w != parts[0])


def parted(found: Collection[str]) -> dict[str, str]:
    """Of `found`, the name of each part: those of the set that has something to train on, or of the plain one.

    Raises:
        ValueError: two of them would be the same part; its arguments are these two.
    """
    sets: dict[str, dict[str, list[str]]] = {}
    for name in found:
        if (known := part_of(name)) is not None:
            sets.setdefault(known[1], {}).setdefault(known[0], []).append(name)
    trained = sorted(rest for rest in sets if TRAIN in sets[rest])
    if len(trained) > 1 and trained[0]:
        raise ValueError(*(sets[rest][TRAIN][0] for rest in trained[:2]))
    if trained:
        return _one_each(sets[trained[0]])
    return {part: found[0] for part, found in sets.get("", {}).items() if len(found) == 1}


def _one_each(parts: dict[str, list[str]]) -> dict[str, str]:
    if len(parts.get(TEST, [])) == 2 and VALIDATION not in parts:
        evaluated = [name for name in parts[TEST] if _REPORTS_TOO & set(re.split(r"[\W\d_]+", name.lower()))]
        if len(evaluated) == 1:
            parts = {**parts, VALIDATION: evaluated, TEST: [n for n in parts[TEST] if n not in evaluated]}
    twice = next((names for names in parts.values() if len(names) > 1), None)
    if twice is not None:
        raise ValueError(*sorted(twice)[:2])
    return {part: names[0] for part, names in parts.items()}
