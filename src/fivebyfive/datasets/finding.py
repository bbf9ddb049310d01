"""What a path holds, and who reads it: folders of classes, tables of file names or of pixels, IDX files, .npz."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from fivebyfive.datasets import folder, idx, listed, listing, parts, prefixes, shards, sheet, spelled, table
from fivebyfive.datasets.dataset import Dataset
from fivebyfive.datasets.decoded import Wanted
from fivebyfive.datasets.found import Found, few, left_out
from fivebyfive.datasets.limits import shown
from fivebyfive.datasets.listing import Listing, Pictures
from fivebyfive.datasets.parts import Parts
from fivebyfive.datasets.tree import Folder, looked_through
from fivebyfive.errors import InputError
from fivebyfive.files import instead

UNREAD = {
    ".zip": "is packed; unpack it, and give the folder",
    ".gz": "is packed; unpack it, and give the folder",
    ".tgz": "is packed; unpack it, and give the folder",
    ".rar": "is packed; unpack it, and give the folder",
    ".7z": "is packed; unpack it, and give the folder",
    ".pkl": "is a pickle, which could run any code; save its arrays with numpy.savez",
    ".pickle": "is a pickle, which could run any code; save its arrays with numpy.savez",
    ".pt": "is a pickle, which could run any code; save its arrays with numpy.savez",
    ".npy": "is one array; save images and labels together: numpy.savez('data.npz', images=…, labels=…)",
    ".mat": "is MATLAB's; save its arrays with numpy.savez",
    ".h5": "is HDF5; save its arrays with numpy.savez",
    ".parquet": "is a table of Parquet; load it with the library datasets, and give that to fivebyfive.train",
}
"""Files that people have, and what to do with them."""
NEITHER = "is no folder, .npz or .csv file; give one of these, or 'mnist'"
LONGEST = 1 << 16
"""Of a sentence; names in it may be of any signs, and are written out."""
NO_LABELS = ("submission",)
"""Words in the names of tables that are for answers."""


def load(path: Path, wanted: Wanted) -> Dataset:
    """The data set at `path`, as `datasets.load` gives it.

    Raises:
        InputError: there is none, or something is wrong with it.
        OSError: it cannot be read.
    """
    try:
        data = _load(path, wanted)
    except InputError as error:
        raise InputError(shown(error, LONGEST)) from None
    return dataclasses.replace(data, notes=tuple(shown(note, LONGEST) for note in data.notes))


def _load(path: Path, wanted: Wanted) -> Dataset:
    if not path.exists():
        raise InputError(f"data {path} does not exist{instead(path, 'mnist')}; give a path, or 'mnist'")
    if path.is_dir():
        return _in_folder(path, wanted)
    suffix = path.suffix.lower()
    if path.is_file() and suffix == shards.ENDING:
        return folder.read(str(path), shards.found(path.parent, [path]), wanted)
    if not path.is_file() or suffix not in (".npz", *sheet.ENDINGS):
        raise InputError(f"data {path} {UNREAD.get(suffix, NEITHER)}")
    if suffix == ".npz":
        return table.load_npz(path)
    if spelled.holds(path):
        return spelled.load(path)
    listed_ = None if sheet.holds_pixels(path) else _listing(path, Pictures(path.parent), wanted.skip_broken)
    if listed_ is None:
        return table.load_csv([path], path)  # which says what is wrong, if it holds no pixels either
    return folder.read(str(path), listed.found([listed_]), wanted)


def _listing(path: Path, pictures: Pictures, skip_broken: bool) -> Listing | None:
    """What the table at `path` says of `pictures`; None where it is none of file names."""
    try:
        rows = sheet.read(path)
    except InputError:
        if sheet.names_pictures(path):
            raise
        return None
    return listing.read(rows, pictures, skip_broken)


def _in_folder(path: Path, wanted: Wanted) -> Dataset:
    if idx.holds_idx(path):
        return idx.load(path)
    top = looked_through(path)
    if top.count:
        return folder.read(str(path), _pictures(top, wanted.skip_broken), wanted)
    if tars := shards.within(top):
        return folder.read(str(path), shards.found(path, tars), wanted)
    place = _place_of_files(top)
    if idx.holds_idx(place.path):
        return idx.load(place.path)
    tables = [file for file in place.strangers() if file.suffix.lower() in sheet.ENDINGS]
    arrays = [file for file in place.strangers() if file.suffix.lower() == ".npz"]
    spelled_ = [file for file in tables if spelled.holds(file)]
    pixels = [file for file in tables if not _for_answers(file) and sheet.holds_pixels(file)]
    if len(spelled_) == 1:
        return spelled.load(spelled_[0])
    if len(arrays) == 1 and not pixels:
        return table.load_npz(arrays[0])
    if pixels and not arrays:
        return table.load_csv(pixels, place.path if len(pixels) > 1 else pixels[0])
    raise _nothing(top, place, arrays)


def _pictures(top: Folder, skip_broken: bool) -> Found:
    """The pictures below `top`, as its folders or its tables say."""
    layout = parts.parts(top)
    tables = _listings(top, layout, skip_broken)
    if tables and (len([f for f in layout.classes if f.count]) < 2 or not _agree(layout, tables)):
        known = listed.found(tables)
        named = {item.path for files in (known.train, known.validation, known.test) for item, _ in files or ()}
        others = [path for path in top.all() if path not in named]
        return known.saying(left_out(others, "picture that no table labels", "pictures that no table labels"))
    if not layout.classes:
        guessed = prefixes.found(layout)
        if guessed is None:
            raise parts.unlabelled(top)
        return guessed
    return parts.found(top, layout)


def _listings(top: Folder, layout: Parts, skip_broken: bool) -> list[Listing]:
    """What the tables say that lie in the folder, or in the one that everything lies in."""
    places = {top.path: top, layout.place.path: layout.place}
    files = [
        (place, place.path / name)
        for place in places.values()
        for name in place.others
        if Path(name).suffix.lower() in sheet.ENDINGS and not _for_answers(Path(name))
    ]
    several = len(layout.classes) > 1
    read = []
    for place, file in files:
        if sheet.holds_pixels(file):
            continue
        try:
            one = _listing(file, Pictures(place.path, place), skip_broken)
        except InputError:
            if not several:
                raise
            continue  # the folders say the classes
        if one is not None:
            read.append(one)
    return read


def _agree(layout: Parts, listings: Sequence[Listing]) -> bool:
    """Whether the tables say the same as the folders, which then have the better names."""
    said = {file: label for one in listings if one.labels for file, label in zip(one.files, one.labels, strict=True)}
    if any(path in said for part in layout.unlabelled().values() for path in part.all()):
        return False
    labels = [{said[file] for file in f.all() if file in said} for f in layout.classes]
    known = [label for each in labels for label in each]
    return all(len(each) <= 1 for each in labels) and len(set(known)) == len(known)


def _for_answers(path: Path) -> bool:
    return any(word in path.stem.lower() for word in NO_LABELS)


def _place_of_files(top: Folder) -> Folder:
    """`top`, or the one folder in it that has all the files."""
    while len(full := [f for f in top.folders if f.others or f.folders]) == 1 and not _data_files(top):
        top = full[0]
    return top


def _data_files(place: Folder) -> list[str]:
    endings = (".npz", *sheet.ENDINGS)
    return [name for name in place.others if name.lower().endswith(endings) or "idx" in name]


def _nothing(top: Folder, place: Folder, arrays: Sequence[Path]) -> InputError:
    if len(arrays) > 1:
        return InputError(
            f"data {place.path} holds {few([a.name for a in arrays])}; give one of them: --data {arrays[0]}"
        )
    if any(name.startswith("data_batch_") for name in place.others):
        return InputError(
            f"data {place.path} holds CIFAR's batches as pickles, which could run any code; in Keras: "
            "(x, y), test = keras.datasets.cifar10.load_data(), and give fivebyfive.train both"
        )
    strangers = top.strangers()
    held = f", but {len(strangers):,} other files: {few([shown(s.name) for s in strangers])}" if strangers else ""
    return InputError(
        f"data {top.path} holds no images that can be read{held}; IDX files, or a sub-folder a class with pictures in "
        "it, were expected"
    )
