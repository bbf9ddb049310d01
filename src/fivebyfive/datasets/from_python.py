"""Data that is given in Python: arrays, a data set of PyTorch's or of Hugging Face's, or several of these as parts.

``(x, y)`` are pictures and labels; ``((x, y), (x, y))``, as Keras loads its data sets, are to train on and to report;
of three the middle one is to choose by; a dictionary says by its keys which is which. A data set is anything with a
length whose elements are a picture and its label, or have them by name.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fivebyfive.datasets import names, taking
from fivebyfive.datasets.dataset import Dataset
from fivebyfive.datasets.decoded import Wanted
from fivebyfive.datasets.found import few
from fivebyfive.datasets.joined import joined, sorted_by_part
from fivebyfive.datasets.names import TEST, TRAIN, VALIDATION
from fivebyfive.datasets.table import PAIRS
from fivebyfive.errors import InputError

EXPECTED = "a path, (x, y), a data set of PyTorch or Hugging Face, or a dictionary of these with train, val, test"


def given(name: str, data: Any, wanted: Wanted) -> Dataset:
    """The data set that `data` is, called `name`.

    Raises:
        InputError: it is none, or something is wrong with it.
        Failure: its own code raised.
    """
    parts = sorted_by_part(_parts(data))
    if all(_are_arrays(part) for part in parts.values()):
        several = len(parts) > 1
        x = {part: (part if several else "x", taking.as_array(pair[0])) for part, pair in parts.items()}
        y = {part: (f"labels of {part}" if several else "y", taking.as_array(pair[1])) for part, pair in parts.items()}
        return joined(name, x, y)
    return taking.taken(name, {part: _indexed(source) for part, source in parts.items()}, wanted)


def _parts(data: Any) -> dict[str, Any]:
    """What is given for each part."""
    if isinstance(data, Mapping):
        return _by_key(data)
    if isinstance(data, tuple) and len(data) in (2, 3) and all(_is_source(one) for one in data):
        return dict(zip((TRAIN, TEST) if len(data) == 2 else (TRAIN, VALIDATION, TEST), data, strict=True))
    return {TRAIN: data}


def _by_key(data: Mapping[Any, Any]) -> dict[str, Any]:
    keys = {str(key): key for key in data}
    try:
        known = names.parted(keys)
    except ValueError as error:
        raise InputError(
            f"the data has {' and '.join(error.args)}, which would be the same part; give one of them"
        ) from None
    if TRAIN in known and not any(f"{x}_train" in keys for x, _ in PAIRS):
        return {part: data[keys[name]] for part, name in known.items()}
    pair = next(((x, y) for x, y in PAIRS if x in keys and y in keys), None)
    if pair is None:
        raise InputError(f"the data is a dictionary of {few(list(keys))}; {EXPECTED} was expected")
    return {TRAIN: (data[pair[0]], data[pair[1]])}


def _is_source(one: Any) -> bool:
    """Whether `one` is pictures and labels, or a data set: not an array or a list, which is half of the first."""
    return isinstance(one, tuple) or (_has_length(one) and not isinstance(one, list) and not _is_array(one))


def _are_arrays(part: Any) -> bool:
    return isinstance(part, tuple | list) and len(part) == 2 and _is_array(part[0]) and not isinstance(part[1], Mapping)


def _is_array(one: Any) -> bool:
    return hasattr(one, "ndim") and hasattr(one, "shape")


def _has_length(one: Any) -> bool:
    return hasattr(one, "__len__") and hasattr(one, "__getitem__")


def _indexed(source: Any) -> taking.Source:
    """What gives a picture and a label for each number."""
    if hasattr(source, "batch_sampler") and hasattr(source, "dataset"):  # PyTorch's data loader
        source = source.dataset
    if isinstance(source, tuple) and len(source) == 2 and all(_has_length(one) for one in source):
        return taking.Pairs(source[0], source[1])
    if not _has_length(source):
        raise InputError(
            f"the data: {type(source).__name__} has no length and no elements by number; {EXPECTED} was expected"
        )
    if hasattr(source, "features") and hasattr(source, "column_names"):
        return taking.Columns(source)
    return taking.Elements(source, _classes(source))


def _classes(source: Any) -> Sequence[str]:
    """The names of the classes, where a data set of PyTorch's has them, or the one that it is a part of."""
    while not hasattr(source, "classes") and hasattr(source, "dataset"):
        source = source.dataset
    classes = getattr(source, "classes", ())
    named = isinstance(classes, list | tuple) and all(isinstance(name, str) for name in classes)
    return tuple(classes) if named else ()
