"""What the tables of a folder say of its pictures, put together: parts that have tables of their own, or a column."""

from collections.abc import Sequence
from pathlib import Path

from fivebyfive.datasets import names
from fivebyfive.datasets.encoded import Encoded
from fivebyfive.datasets.found import Files, Found, left_out
from fivebyfive.datasets.limits import shown
from fivebyfive.datasets.listing import Listing, in_order
from fivebyfive.datasets.names import TEST, TRAIN, VALIDATION
from fivebyfive.errors import InputError


def found(listings: Sequence[Listing]) -> Found:
    """The pictures that `listings` name, with their classes and parts.

    Raises:
        InputError: nothing says the labels of what is to train on, two tables say the same, a picture has two labels.
    """
    labelled = [listing for listing in listings if listing.labels is not None]
    if any(names.part_of(listing.path.stem) == (TRAIN, "") for listing in labelled):
        labelled = [listing for listing in labelled if names.part_of(listing.path.stem)]
    by_part, called = _by_part(labelled)
    if TRAIN not in by_part:
        raise InputError(f"{listings[0].path} says no labels; a CSV of file name and label was expected")
    classes = in_order([label for _, label in by_part[TRAIN]])
    place = {name: n for n, name in enumerate(classes)}
    parts: dict[str, Files] = {}
    notes = []
    for part, pairs in by_part.items():
        once = _once(pairs, called.get(part, ""))
        strange = next((label for label in once.values() if label not in place), None)
        if strange is not None:
            raise InputError(f"{called[part]} has the class {shown(strange)}, of which there is nothing to train on")
        parts[part] = [(Encoded(file), place[label]) for file, label in once.items()]
        if len(once) < len(pairs):
            notes.append(f"left out: {len(pairs) - len(once):,} lines of {called[part]} that name a picture once more")
    without = [f"{one.path.name} ({len(one.files):,} pictures)" for one in listings if one.labels is None]
    notes.append(left_out(without, "table without labels", "tables without labels"))
    missing = tuple(name for listing in labelled for name in listing.missing)
    labels = f"labels as {labelled[0].path.name} says them: {labelled[0].column}"
    told = called if len(by_part) > 1 else {}
    known = Found(tuple(classes), parts[TRAIN], parts.get(VALIDATION), parts.get(TEST), told, missing=missing)
    return known.saying(labels, *notes)


def _by_part(listings: Sequence[Listing]) -> tuple[dict[str, list[tuple[Path, str]]], dict[str, str]]:
    """Pictures and labels of each part, and what it is called."""
    by_part: dict[str, list[tuple[Path, str]]] = {}
    called: dict[str, str] = {}
    if len(listings) == 1:
        one = listings[0]
        assert one.labels is not None
        own = one.parts or [TRAIN] * len(one.files)
        known = {name: (names.part_of(name) or (TRAIN, ""))[0] for name in set(own)}
        for name, file, label in zip(own, one.files, one.labels, strict=True):
            by_part.setdefault(known[name], []).append((file, label))
            called[known[name]] = name if one.parts else one.path.name
        return by_part, called
    for listing in listings:
        assert listing.labels is not None
        part = _part(listing)
        if part in by_part:
            raise InputError(
                f"{called[part]} and {listing.path.name} both say the labels of pictures; give one of them: "
                f"--data {listing.path}"
            )
        by_part[part] = list(zip(listing.files, listing.labels, strict=True))
        called[part] = listing.path.name
    return by_part, called


def _part(listing: Listing) -> str:
    """What a table's name says; to train on, if it says nothing."""
    return (names.part_of(listing.path.stem) or (TRAIN, ""))[0]


def _once(pairs: Sequence[tuple[Path, str]], table: str) -> dict[Path, str]:
    """Each picture with its label."""
    once: dict[Path, str] = {}
    for file, label in pairs:
        if once.setdefault(file, label) != label:
            raise InputError(
                f"{table} says that {shown(file, 400)} is {shown(once[file])}, and {shown(label)} too; one label a "
                "picture was expected"
            )
    return once
