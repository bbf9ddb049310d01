"""Where in a folder the classes are, and which of its folders are to train on, to choose by and to report.

A class is a folder of pictures, called like it. Folders called as `names.py` knows, in any case, with the classes in
them, are parts; a ``test`` or ``val`` beside the classes, with the same classes in it, is one too. A folder around all
of it, or around the classes of a part, is gone into.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fivebyfive.datasets import names
from fivebyfive.datasets.encoded import Encoded
from fivebyfive.datasets.found import Files, Found, few, left_out
from fivebyfive.datasets.limits import shown
from fivebyfive.datasets.names import TEST, TRAIN, VALIDATION
from fivebyfive.datasets.tree import Folder
from fivebyfive.errors import InputError


@dataclass(frozen=True)
class Parts:
    """The folders of a data set.

    Attributes:
        place: where they lie.
        train: the folder with the classes to train on, which are `classes`.
        others: those with the classes of the other parts.
        called: what the folder of each part is called; empty where there are no parts.
        ignored: what lies beside the parts.
    """

    place: Folder
    train: Folder
    classes: tuple[Folder, ...]
    others: dict[str, Folder]
    called: dict[str, str]
    ignored: tuple[Folder, ...]

    def unlabelled(self) -> dict[str, Folder]:
        """Parts whose pictures lie in no folders of classes."""
        return {part: folder for part, folder in self.others.items() if folder.count and not folder.filled()}


def inner(folder: Folder) -> Folder:
    """`folder`, or the folder in it (or in that one) that everything lies in; parts, even empty ones, are not left."""
    while not folder.pictures and len(folder.filled()) == 1 and folder.filled()[0].filled():
        if len(folder.folders) > 1 and any(names.part_of(f.name) for f in folder.folders):
            break
        folder = folder.filled()[0]
    return folder


def parts(folder: Folder) -> Parts:
    """What the folders in `folder` are.

    Raises:
        InputError: two of them would be the same part.
    """
    place = inner(folder)
    by_name = {f.name: f for f in place.folders}
    try:
        known = {part: by_name[name] for part, name in names.parted(by_name).items()}
    except ValueError as error:
        one, other = (shown(name) for name in error.args)
        raise InputError(f"{place.path}: {one} and {other} would be the same part; put one of them elsewhere") from None
    train = known.pop(TRAIN, None)
    if place.filled() and all(names.part_of(f.name) for f in place.filled()) and not place.pictures:
        if train is None and len(place.filled()) > 1:
            held = few([f.name for f in place.filled()])
            raise InputError(f"{place.path} holds {held}, but nothing to train on; call the folder with that train")
        if train is not None and not inner(train).filled():
            return Parts(place, train, (), known, _called(train, known), ())
    if train is not None and inner(train).filled() and (known or len(place.filled()) == 1):
        others = {part: inner(f) for part, f in known.items()}
        ignored = [f for f in place.folders if f is not train and f not in known.values()]
        return Parts(place, inner(train), inner(train).folders, others, _called(train, known), tuple(ignored))
    beside = {part: f for part, f in known.items() if _same_classes(inner(f), place)}
    classes = tuple(f for f in place.folders if f not in beside.values())
    called = {part: f.name for part, f in beside.items()}
    return Parts(place, place, classes, {part: inner(f) for part, f in beside.items()}, called, ())


def _called(train: Folder, others: dict[str, Folder]) -> dict[str, str]:
    return {TRAIN: train.name} | {part: f.name for part, f in others.items()}


def _same_classes(part: Folder, place: Folder) -> bool:
    own = {f.name.casefold() for f in place.folders}
    return any(f.name.casefold() in own for f in part.folders)


def found(top: Folder, parts: Parts) -> Found:
    """The pictures of `parts`, with their classes; `top` is the folder that was given.

    Raises:
        InputError: a class is empty, or only to be reported.
    """
    classes = tuple(f.name for f in parts.classes)
    empty = next((f for f in parts.classes if not f.count), None)
    if empty is not None:
        raise InputError(_why_empty(empty))
    empty = next((f for f in parts.others.values() if not f.count), None)
    if empty is not None:
        raise InputError(f"{shown(empty.path, 400)} is a part without pictures; put some there, or remove it")
    unlabelled = parts.unlabelled()
    others = {part: f for part, f in parts.others.items() if part not in unlabelled}
    files = {part: _files(f.path, f.folders, classes) for part, f in others.items()}
    train = _files(parts.train.path, parts.classes, classes)
    place = "" if parts.place is top else f"read in {parts.place.path}, which lies in it"
    ignored = left_out([f"{f.path} ({f.count:,})" for f in parts.ignored], _OTHER, _OTHERS)
    without = [f"{f.path} ({f.count:,} pictures)" for f in unlabelled.values()]
    loose = [f.path / name for f in (parts.train, *others.values()) for name in f.pictures]
    called = {part: name for part, name in parts.called.items() if part not in unlabelled}
    return Found(classes, train, files.get(VALIDATION), files.get(TEST), called).saying(
        place,
        left_out([f.path for f in _beside(top, parts.place)], "folder without pictures", "folders without pictures"),
        left_out(without, "folder without labels", "folders without labels"),
        ignored,
        left_out(loose, "picture that lies in the folder of no class", "pictures that lie in the folder of no class"),
        left_out(top.strangers(), "file that is no picture", "files that are no pictures"),
    )


def _beside(top: Folder, place: Folder) -> list[Folder]:
    """The folders that were passed on the way from `top` to `place`."""
    passed = []
    while top is not place:
        passed += [f for f in top.folders if not f.count]
        top = top.filled()[0]
    return passed


_OTHER, _OTHERS = "folder that is none of the parts", "folders that are none of the parts"


def _files(path: Path, folders: Iterable[Folder], classes: Sequence[str]) -> Files:
    """Every picture in the folders of a part, with its label."""
    labels = {name: n for n, name in enumerate(classes)}
    loosely = {name.casefold(): n for n, name in enumerate(classes)}
    files: Files = []
    for folder in folders:
        label = labels.get(folder.name, loosely.get(folder.name.casefold()))
        if label is None:
            raise InputError(f"{path} has the class {shown(folder.name)}, of which there is nothing to train on")
        files += [(Encoded(file), label) for file in folder.all()]
    return files


def _why_empty(folder: Folder) -> str:
    others = [file.name for file in folder.strangers()]
    held = f"holds no picture that can be read, but {few(others)}" if others else "is empty"
    return f"{shown(folder.path, 400)} {held}: 0 images of class {shown(folder.name)}; put some there, or remove it"


def unlabelled(top: Folder) -> InputError:
    """Pictures without a folder a class."""
    place = inner(top)
    names = [path.name for path in place.all()]
    where = place if place.pictures or len(place.filled()) != 1 else place.filled()[0]
    return InputError(
        f"{where.path} holds {len(names):,} picture{'s' * (len(names) != 1)}, {few(names, 2)}, "
        "but nothing that says what they show: put the pictures of each class into a sub-folder named after it, or "
        "write a CSV of file name and label"
    )
