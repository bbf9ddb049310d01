"""What every source of images gives: pictures as bytes, labels as whole numbers, names of classes."""

import dataclasses
import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fivebyfive.datasets.lazy import Lazy, joined
from fivebyfive.datasets.limits import MOST_CLASSES, shown
from fivebyfive.datasets.names import TEST, TRAIN, VALIDATION
from fivebyfive.errors import InputError
from fivebyfive.pictures.fitting import USUAL

Pixels = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
Names = npt.NDArray[np.object_]

FEWEST = 3
"""Images of a class, at the least: one to train on, one to choose by, one to report."""
SHOWN_CLASSES = 10
"""Names of classes that `Dataset.in_words` lists."""
KEPT_APART = 10
"""Where the source itself does not say which images are which, one in so many validates and one tests."""
SPLIT_HERE = f"split here: of each class, one image in {KEPT_APART} to choose by and one to report, always the same"
SHOWN_FILES = 5
"""Files that `Dataset.left_out_in_words` names."""
LONGEST_NAME = 200
"""Of a class, in letters."""


@dataclass(frozen=True)
class Images:
    """Pictures and what they show.

    Attributes:
        pixels: uint8 [N, H, W, C]: an array, or a `Lazy`, which stands for one that is too large for memory, and is
            fetched as it is indexed.
        labels: int64 [N], each an index into the data set's `classes`.
        names: of the files, [N] strings, where each picture is one.
    """

    pixels: Pixels
    labels: Labels
    names: Names | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, chosen: "slice | Labels") -> "Images":
        pixels = self.pixels.part(chosen) if isinstance(self.pixels, Lazy) else self.pixels[chosen]
        return Images(pixels, self.labels[chosen], None if self.names is None else self.names[chosen])

    def in_memory(self) -> "Images":
        """The same with pixels that are an array; for a few of them."""
        return dataclasses.replace(self, pixels=self.pixels[:])


def together(*parts: Images) -> Images:
    """Several parts as one, in their order."""
    pixels = [p.pixels for p in parts]
    lazy = any(isinstance(p, Lazy) for p in pixels)
    names = [p.names for p in parts if p.names is not None]
    return Images(
        joined(pixels) if lazy else np.concatenate(pixels),
        np.concatenate([p.labels for p in parts]),
        np.concatenate(names) if len(names) == len(parts) else None,
    )


@dataclass(frozen=True)
class Dataset:
    """Images in three parts that never meet: to train on, to choose by, to report.

    Attributes:
        name: "mnist", or the path that the images were read from.
        classes: the name of each label.
        sha256: of the data, to tell later what a model was trained on.
        own_split: the source itself says which images are for testing; otherwise they were set apart here.
        left_out: the files that could not be read, if they were to be left out.
        notes: sentences on how it was found: parts, what is no picture, what was guessed.
        fit: how pictures of another shape come to theirs, one of `fitting.FITS`.
    """

    name: str
    train: Images
    validation: Images
    test: Images
    classes: tuple[str, ...]
    sha256: str
    own_split: bool = True
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fit: str = USUAL

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every picture."""
        height, width, channels = self.train.pixels.shape[1:]
        return height, width, channels

    def in_words(self) -> str:
        """What was found: how many images for what, of which size, of which classes."""
        height, width, channels = self.shape
        counts = np.bincount(np.concatenate([part.labels for part in self.parts()]), minlength=len(self.classes))
        return (
            f"{self.name}: {len(self.train):,} images to train on, {len(self.validation):,} to choose by, "
            f"{len(self.test):,} to report; {height}×{width}×{channels}; {_classes(self.classes, counts.tolist())}"
        )

    def found(self) -> tuple[str, ...]:
        """All that there is to say of it before it is used, a sentence each."""
        left_out = (self.left_out_in_words(),) if self.left_out else ()
        what = ("to train on", "to choose by", "to report")
        absent = (_absent(self.classes, part.labels, use) for part, use in zip(self.parts(), what, strict=True))
        return (self.in_words(), *left_out, *self.notes, *filter(None, absent))

    def saying(self, *notes: str) -> "Dataset":
        """The same, with more to say of how it was found."""
        return dataclasses.replace(self, notes=(*self.notes, *(note for note in notes if note)))

    def parts(self) -> tuple[Images, Images, Images]:
        """What is to train on, to choose by and to report."""
        return self.train, self.validation, self.test

    def left_out_in_words(self) -> str:
        """Which files could not be read, and how many there are."""
        count = len(self.left_out)
        more = f" and {count - SHOWN_FILES:,} more" if count > SHOWN_FILES else ""
        files = "file that cannot be read is" if count == 1 else "files that cannot be read are"
        return f"{count:,} {files} left out: {', '.join(self.left_out[:SHOWN_FILES])}{more}"

    def everything(self) -> Images:
        """All three parts as one."""
        return together(self.train, self.validation, self.test)

    def labelled_as(self, classes: tuple[str, ...]) -> "Dataset":
        """The same images, their labels counted in `classes`, which must hold all of this data set's.

        Raises:
            InputError: a class is not among `classes`.
        """
        strange = [name for name in self.classes if name not in classes]
        if strange:
            raise InputError(f"{self.name} has the class {strange[0]}, but the model knows only {', '.join(classes)}")
        place = np.array([classes.index(name) for name in self.classes], np.int64)
        train, validation, test = (
            dataclasses.replace(images, labels=place[images.labels])
            for images in (self.train, self.validation, self.test)
        )
        return dataclasses.replace(self, classes=classes, train=train, validation=validation, test=test)


def _classes(names: Sequence[str], counts: Sequence[int]) -> str:
    """How many images there are of each class; of many classes only the first, and the smallest and largest."""
    some = ", ".join(names[:SHOWN_CLASSES]) + (", …" if len(names) > SHOWN_CLASSES else "")
    fewest, most = min(counts), max(counts)
    if fewest == most:
        return f"{len(names):,} classes: {some}; {most:,} images of each"
    if len(names) <= SHOWN_CLASSES:
        return f"{len(names):,} classes: " + ", ".join(
            f"{n}: {count:,}" for n, count in zip(names, counts, strict=True)
        )
    smallest, largest = names[counts.index(fewest)], names[counts.index(most)]
    return f"{len(names):,} classes of {fewest:,} ({smallest}) to {most:,} ({largest}) images: {some}"


def _absent(names: Sequence[str], labels: Labels, use: str) -> str:
    """A sentence where a class has no image for `use`."""
    absent = [names[n] for n in np.setdiff1d(np.arange(len(names)), labels)]
    more = f" and {len(absent) - SHOWN_FILES:,} more" if len(absent) > SHOWN_FILES else ""
    return f"nothing {use} of {', '.join(absent[:SHOWN_FILES])}{more}" if absent else ""


def of_parts(
    name: str,
    classes: Sequence[str],
    train: Images,
    validation: Images | None = None,
    test: Images | None = None,
    called: Mapping[str, str] | None = None,
) -> Dataset:
    """A data set whose source may say which images are to choose by, and to report; what it does not say is set apart
    here. Without a test part, that to choose by is reported.

    Args:
        called: what the source calls each part, by the names of `names`.

    Raises:
        InputError: as `split` and `with_test`.
    """
    if validation is None and test is None:
        return split(name, train, classes)
    reported = test if test is not None else validation
    assert reported is not None
    found = with_test(name, train, reported, classes, None if test is None else validation)
    return dataclasses.replace(found, notes=(_how_split(called or {}, test is None, validation is None),))


def _how_split(called: Mapping[str, str], without_test: bool, without_validation: bool) -> str:
    train, validation, test = (called.get(part, part) for part in (TRAIN, VALIDATION, TEST))
    apart = f"of {train}, one image in {KEPT_APART} of each class is kept apart to choose by"
    if without_test:
        return f"split as it comes: {validation} is reported, for there is no test part; {apart}"
    if without_validation:
        return f"split as it comes: {test} is reported; {apart}"
    return f"split as it comes: {train} to train on, {validation} to choose by, {test} to report"


def split(name: str, images: Images, classes: Sequence[str]) -> Dataset:
    """A data set of images whose source does not say which are for testing: of each class, a tenth validates and a
    tenth tests, always the same ones.

    Raises:
        InputError: there is one class only, or too few images of one.
    """
    part = _parts(name, images, classes)
    train, validation, test = (images[np.flatnonzero(part == n)] for n in range(3))
    sha256 = fingerprint(classes, images)
    return Dataset(name, train, validation, test, tuple(classes), sha256, own_split=False, notes=(SPLIT_HERE,))


def with_test(
    name: str, train: Images, test: Images, classes: Sequence[str], validation: Images | None = None
) -> Dataset:
    """A data set whose source says which images are for testing; where it does not say which are to choose by, a tenth
    of each class of the others is.

    Raises:
        InputError: there is one class only, too few images of one, or none in a part.
    """
    for images, what in ((test, "test"), (validation, "validation")):
        if images is not None and not len(images):
            raise InputError(
                f"{name} has a place for {what} images, but none in it; put some there, or remove the place"
            )
    if validation is not None:
        expect_enough(name, train.labels, classes, 1)
        sha256 = fingerprint(classes, train, validation, test)
        return Dataset(name, train, validation, test, tuple(classes), sha256)
    part = _parts(name, train, classes)
    learned = np.concatenate([np.flatnonzero(part == 0), np.flatnonzero(part == 2)])
    sha256 = fingerprint(classes, train, test)
    return Dataset(name, train[learned], train[np.flatnonzero(part == 1)], test, tuple(classes), sha256)


def _parts(name: str, images: Images, classes: Sequence[str]) -> Labels:
    """For each image, which part it goes to: 0 trains, 1 validates, 2 tests."""
    expect_enough(name, images.labels, classes, FEWEST)
    part = np.zeros(len(images), np.int64)
    for label in range(len(classes)):
        members = np.flatnonzero(images.labels == label)
        order = np.random.Generator(np.random.PCG64(label)).permutation(members)
        kept = max(1, len(members) // KEPT_APART)
        part[order[:kept]], part[order[kept : 2 * kept]] = 2, 1
    return part


def expect_enough(name: str, labels: Labels, classes: Sequence[str], fewest: int) -> None:
    """Raise an `InputError` unless there are two classes, with names to be written anywhere, and `fewest` images of
    each.
    """
    if len(classes) > MOST_CLASSES:
        raise InputError(f"{name} has {len(classes):,} classes; at most {MOST_CLASSES:,} are possible")
    odd = next((c for c in classes if not c.strip() or len(c) > LONGEST_NAME or _breaks_lines(c)), None)
    if odd is not None:
        raise InputError(
            f"{name} has a class called '{shown(odd)}'; a name of 1 to {LONGEST_NAME} letters, none of them a control "
            "character, was expected: rename it"
        )
    if len(set(classes)) < len(classes):
        raise InputError(f"{name} has two classes of the same name; give each its own")
    if len(classes) < 2:
        raise InputError(f"{name} has {len(classes)} class; training needs at least two")
    counts = np.bincount(labels, minlength=len(classes))
    if counts.min() < fewest:
        scarce = int(counts.argmin())
        raise InputError(
            f"{name} has {counts[scarce]} images of class {shown(classes[scarce])}; at least {fewest} of each are "
            "needed (to train on, to choose by, to report)"
        )


def _breaks_lines(name: str) -> bool:
    """Whether `name` has control characters, ends of lines, or what is no character at all."""
    return any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in name)


def fingerprint(classes: Sequence[str], *parts: Images) -> str:
    """SHA-256 of classes, pictures and labels; for pictures that are not in memory, of their files stands for them."""
    digest = hashlib.sha256(repr(tuple(classes)).encode())
    for images in parts:
        digest.update(repr(images.pixels.shape).encode())
        pixels = images.pixels.digests() if isinstance(images.pixels, Lazy) else images.pixels
        digest.update(np.ascontiguousarray(pixels).data)
        digest.update(images.labels.data)
    return digest.hexdigest()
