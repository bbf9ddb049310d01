"""Pictures and labels out of somebody's data set, one after another, each at once bytes of one size.

Each element is asked for once; a second time only where the pictures turn out to be on another scale than the first of
them says, which is that of all together. What does not go into memory goes to a file without a name.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from fivebyfive import causes
from fivebyfive.datasets import cache as store
from fivebyfive.datasets import values
from fivebyfive.datasets.dataset import Dataset, Images, of_parts
from fivebyfive.datasets.decoded import IN_MEMORY, Wanted
from fivebyfive.datasets.encoded import LARGEST, SMALLEST
from fivebyfive.datasets.found import few
from fivebyfive.datasets.lazy import DIGEST, Pixels, standing
from fivebyfive.datasets.names import TEST, TRAIN, VALIDATION
from fivebyfive.datasets.values import Range, Scale
from fivebyfive.errors import Failure, InputError
from fivebyfive.pictures import fitting
from fivebyfive.pictures.decoding import decode, from_pillow

LOOKED_AT = 200
"""So many elements, evenly out of all, say what size the pictures have."""
PICTURES, LABELS = (
    ("image", "img", "picture", "pixel_values", "pixels", "x"),
    ("label", "labels", "fine_label", "class", "y"),
)
"""What is called so, in an element with names, is the picture, and the label."""

BYTES = Range(0, 255)

Shape = tuple[int, int, int]


class Source(Protocol):
    """A data set of one part."""

    classes: Sequence[str]
    """The name of each label from 0, if they are known."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> tuple[Any, Any]:
        """A picture and its label."""


class Pairs:
    """Pictures and labels that are given apart."""

    classes: Sequence[str] = ()

    def __init__(self, pictures: Any, labels: Any) -> None:
        if len(pictures) != len(labels):
            raise InputError(f"there are {len(pictures):,} pictures but {len(labels):,} labels; each picture needs one")
        self._pictures, self._labels = pictures, labels

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, number: int) -> tuple[Any, Any]:
        return self._pictures[number], self._labels[number]


class Elements:
    """A data set as PyTorch has them: each element a picture and a label, or a dictionary that has both."""

    def __init__(self, source: Any, classes: Sequence[str]) -> None:
        self._source, self.classes = source, classes

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, number: int) -> tuple[Any, Any]:
        with causes.told(f"the data's element {number} cannot be had: its code raised"):
            found = self._source[number]
        if isinstance(found, Mapping):
            return found[_called(found, PICTURES)], found[_called(found, LABELS)]
        if not isinstance(found, tuple | list) or len(found) != 2:
            raise InputError(
                f"the data's elements are of type {type(found).__name__}; a picture and its label were expected"
            )
        return found[0], found[1]


class Columns:
    """A data set of Hugging Face's: a column of pictures, and one of labels that may have names."""

    def __init__(self, source: Any) -> None:
        kinds = {name: type(feature).__name__ for name, feature in source.features.items()}
        self._picture = next((n for n, kind in kinds.items() if kind == "Image"), None) or _called(kinds, PICTURES)
        self._label = next((n for n, kind in kinds.items() if kind == "ClassLabel"), None) or _called(kinds, LABELS)
        self._source = source
        self.classes: Sequence[str] = getattr(source.features[self._label], "names", None) or ()

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, number: int) -> tuple[Any, Any]:
        with causes.told(f"the data's element {number} cannot be had: its code raised"):
            found = self._source[number]
        return found[self._picture], found[self._label]


def _called(found: Mapping[str, Any], known: Sequence[str]) -> str:
    name = next((name for name in known if name in found), None)
    if name is None:
        raise InputError(
            f"the data has {few(list(found))}, and none of these is called {' or '.join(known[:2])}; name one so"
        )
    return name


def taken(name: str, parts: Mapping[str, Source], wanted: Wanted) -> Dataset:
    """The data set of `parts`.

    Raises:
        InputError: it holds no pictures with labels, or too few.
        Failure: its own code raised.
    """
    empty = next((part for part, source in parts.items() if not len(source)), None)
    if empty is not None:
        raise InputError(f"{name} has nothing in {empty}; put pictures there, or leave it out")
    shape = wanted.shape or _shape(parts[TRAIN], wanted)
    first = _numbers(parts[TRAIN][0][0])
    guess = Scale(255.0 if first[1].highest <= 1 + values.HAIR else 1.0)
    pieces = {part: _piece(source, shape, wanted.fit, guess) for part, source in parts.items()}
    scale = values.scale(name, {f"pictures of {part}": found for part, (_, _, found) in pieces.items()})
    if scale.factor != guess.factor:
        pieces = {part: _piece(source, shape, wanted.fit, scale) for part, source in parts.items()}
    labels = {part: values.labels(name, f"labels of {part}", found)[0] for part, (_, found, _) in pieces.items()}
    held, _ = values.classes(name, "labels", labels[TRAIN])
    images = {
        part: Images(pixels, values.labels_as(name, f"labels of {part}", labels[part], labels[TRAIN]))
        for part, (pixels, _, _) in pieces.items()
    }
    classes = values.named(name, held, parts[TRAIN].classes)
    called = {part: part for part in parts} if len(parts) > 1 else {}
    return of_parts(name, classes, images[TRAIN], images.get(VALIDATION), images.get(TEST), called).saying(scale.said)


def as_array(one: Any) -> npt.NDArray[Any]:
    """A tensor, an array or a list of numbers or names, as an array.

    Raises:
        InputError: it is no such thing.
    """
    if hasattr(one, "detach"):
        one = one.detach().cpu()
        one = one.float() if str(one.dtype) == "torch.bfloat16" else one
    try:
        array = np.asarray(one)
    except (TypeError, ValueError):
        raise InputError(f"{type(one).__name__} is no array; numbers of one shape were expected") from None
    named = array.dtype.kind in "OS" and all(isinstance(value, str | bytes) for value in array.flat)
    return array.astype(str) if named else array


def _piece(source: Source, shape: Shape, fit: str, scale: Scale) -> tuple[Pixels, npt.NDArray[Any], Range]:
    """Pixels and labels of a part, and the range of its numbers before they became bytes."""
    taking = _Taking(source, shape, fit, scale)
    if len(source) * taking.row <= IN_MEMORY:
        pixels = np.empty((len(source), *shape), np.uint8)
        for n in range(len(source)):
            pixels[n] = taking.picture(n)
    else:
        try:
            entry = store.unkept(len(source), shape, taking.fill)
        except OSError as problem:
            raise Failure(f"pictures cannot be written ({problem.strerror}); free some space") from None
        pixels = standing(entry.rows, np.arange(len(source)))
    assert taking.range is not None
    return pixels, as_array(taking.labels), taking.range


class _Taking:
    """Goes through a data set once."""

    def __init__(self, source: Source, shape: Shape, fit: str, scale: Scale) -> None:
        self.source, self.shape, self.fit, self.scale = source, shape, fit, scale
        self.row = shape[0] * shape[1] * shape[2]
        self.labels: list[Any] = []
        self.range: Range | None = None

    def picture(self, number: int) -> Pixels:
        """The pixels of an element; its label is put to the others."""
        picture, label = self.source[number]
        numbers, found = _numbers(picture)
        self.range = found if self.range is None else self.range.with_(found)
        self.labels.append(label.item() if getattr(label, "ndim", None) == 0 else label)
        pixels = numbers if found is BYTES else values.as_bytes(numbers[None], self.scale)[0]
        return pixels if pixels.shape == self.shape else fitting.fitted(pixels, self.shape, self.fit)

    def fill(self, path: Path) -> tuple[Pixels, dict[int, str]]:
        """All of them into the file at `path`."""
        digests = []
        with path.open("r+b") as file:
            for n in range(len(self.source)):
                pixels = np.ascontiguousarray(self.picture(n))
                file.write(pixels.data)
                digests.append(hashlib.sha256(pixels.data).digest())
        return np.frombuffer(b"".join(digests), np.uint8).reshape(-1, DIGEST), {}


def _numbers(picture: Any) -> tuple[npt.NDArray[Any], Range]:
    """A picture as [H, W, C], and the range of its numbers, which is `BYTES` where they are bytes for certain."""
    if isinstance(picture, Mapping) and picture.get("bytes"):  # Hugging Face's, not yet decoded
        return decode(picture["bytes"], name="a picture of the data").pixels, BYTES
    if isinstance(picture, str | Path):
        return decode(Path(picture)).pixels, BYTES
    if isinstance(picture, Image.Image):
        plain = np.asarray(picture) if picture.mode in ("L", "RGB") and not picture.getexif() else None
        return (from_pillow(picture).pixels if plain is None else plain.reshape(*plain.shape[:2], -1)), BYTES
    array = as_array(picture)
    numbers, _ = values.shaped("the data", "a picture", array[None])
    return numbers[0], values.range_of(numbers)


def _shape(source: Source, wanted: Wanted) -> Shape:
    """What all pictures are brought to: the size that numbers have, if it is one; else the median, 224 at the most."""
    step = -(-len(source) // LOOKED_AT)
    found = [_numbers(source[n][0]) for n in range(0, len(source), step)]
    sizes, channels = np.array([n.shape[:2] for n, _ in found]), max(n.shape[2] for n, _ in found)
    if wanted.size is not None:
        return *wanted.size, channels
    if len(np.unique(sizes, axis=0)) == 1 and found[0][1] is not BYTES:
        return int(sizes[0, 0]), int(sizes[0, 1]), channels
    height, width = np.median(sizes, axis=0)
    scale = min(1.0, LARGEST / max(height, width))
    return max(SMALLEST, int(height * scale)), max(SMALLEST, int(width * scale)), channels
