"""Shards: tar files of samples, as the library `webdataset` writes them: ``0001.jpg``, ``0001.cls``, ``0002.jpg`` …

Files whose names are alike up to the first point are one sample: a picture, and its label in a file called ``.cls``,
``.class`` or ``.label``, or in a ``.json`` under one of these names. A shard is listed once, by the standard library's
`tarfile`, which says where each picture's bytes lie; pictures are read from there in any order, so that a batch follows
from seed and step as everywhere. Nothing is unpacked, and no name in a shard is a path or a command here.

Source: https://github.com/webdataset/webdataset, "The WebDataset Format".
"""

import io
import json
import os
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fivebyfive.datasets import limits, names
from fivebyfive.datasets.dataset import LONGEST_NAME
from fivebyfive.datasets.encoded import Encoded
from fivebyfive.datasets.found import Found, few, left_out
from fivebyfive.datasets.limits import CHUNK, reading, shown
from fivebyfive.datasets.listing import in_order
from fivebyfive.datasets.names import TEST, TRAIN, VALIDATION
from fivebyfive.datasets.tree import Folder
from fivebyfive.errors import InputError
from fivebyfive.pictures.decoding import SUFFIXES

ENDING = ".tar"
LABELS = ("cls", "class", "label")
"""What the file of a label is called after the sample's name, and what a label is called in a JSON file."""
LONGEST_LABEL, LONGEST_JSON = 1 << 10, 1 << 20
"""Bytes of such a file."""
EXPECTED = "a tar file that is not compressed"


def within(top: Folder) -> list[Path]:
    """The shards in a folder and in those in it."""
    own = [top.path / name for name in top.others if name.lower().endswith(ENDING)]
    return sorted([*own, *(shard for folder in top.folders for shard in within(folder))])


def found(place: Path, shards: Sequence[Path]) -> Found:
    """The pictures in `shards`, with their classes, and the parts that names of files or of folders in `place` say.

    Raises:
        InputError: a shard is damaged, or a picture has no label.
    """
    parts: dict[str, list[_Sample]] = {}
    called: dict[str, str] = {}
    without = list[str]()
    known: dict[str, str] = {}
    for shard in shards:
        part, name = _part(shard, place)
        called[part] = called.get(part, name)
        for sample in _samples(shard):
            if sample.picture is None:
                without.append(f"{shard.name}: {sample.key}")
                continue
            if not sample.label:
                raise InputError(
                    f'{sample.picture.name} has no label; a file {shown(sample.key)}.cls beside it, or a "label" in '
                    f"{shown(sample.key)}.json, was expected"
                )
            sample.label = known.setdefault(sample.label, sample.label)  # one text of each, however many samples
            parts.setdefault(part, []).append(sample)
    if TRAIN not in parts:
        held = f"{few(sorted(called.values()))} only" if parts else "no pictures"
        raise InputError(f"{place} has shards with {held}; samples to train on, a .jpg and a .cls each, were expected")
    classes = in_order([sample.label for sample in parts[TRAIN]])
    files = {part: _labelled(samples, classes, called[part]) for part, samples in parts.items()}
    told = called if len(parts) > 1 else {}
    result = Found(tuple(classes), files[TRAIN], files.get(VALIDATION), files.get(TEST), told)
    number = f"{len(shards):,} shard{'s' if len(shards) > 1 else ''}"
    return result.saying(
        f"read from {number}", left_out(without, "sample without a picture", "samples without a picture")
    )


@dataclass
class _Sample:
    """What has one name in a shard."""

    key: str
    picture: Encoded | None = None
    label: str = ""
    others: set[str] = field(default_factory=set)


def _part(shard: Path, place: Path) -> tuple[str, str]:
    """The part that a shard belongs to, and what says so: its own name, or that of a folder that it lies in."""
    inside = shard.relative_to(place).parent.parts if shard.is_relative_to(place) else ()
    for name in (shard.stem, *reversed(inside)):
        if (known := names.part_of(name)) is not None:
            return known[0], name.rstrip("-_.0123456789") or name
    return TRAIN, "the shards"


def _labelled(samples: Sequence[_Sample], classes: Sequence[str], part: str) -> list[tuple[Encoded, int]]:
    place = {name: number for number, name in enumerate(classes)}
    strange = next((sample.label for sample in samples if sample.label not in place), None)
    if strange is not None:
        raise InputError(f"{part} has the class {shown(strange)}, of which there is nothing to train on")
    return [(sample.picture, place[sample.label]) for sample in samples if sample.picture is not None]


class _Bounded(io.BufferedReader):
    """A file of which nothing large is read at once: a tar's headers may claim to be of any size."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= CHUNK:
            raise tarfile.ReadError("one of its headers is too long")
        return super().read(size)


def _samples(shard: Path) -> Iterator[_Sample]:
    """Each sample of a shard, in its order."""
    sample: _Sample | None = None
    count = 0
    with reading(shard, EXPECTED), _Bounded(io.FileIO(shard)) as file, tarfile.open(fileobj=file, mode="r:") as tar:
        size = os.fstat(file.fileno()).st_size
        for member in tar:
            tar.members = []  # type: ignore[attr-defined]  # which it would keep
            count += 1
            if count > limits.MOST_ENTRIES:
                raise InputError(f"{shard} holds more than {limits.MOST_ENTRIES:,} files; split it into smaller shards")
            folder, slash, name = member.name.rpartition("/")
            own, _, ending = name.partition(".")
            key = f"{folder}{slash}{own}"
            if not member.isreg() or not ending or own.startswith("__"):
                continue
            if member.issparse() or not 0 <= member.size <= size - member.offset_data:
                raise InputError(f"{shard} is damaged at {shown(member.name)}: it ends before that; write it again")
            if sample is None or sample.key != key:
                if sample is not None:
                    yield sample
                sample = _Sample(key)
            _take(sample, shard, member, ending.lower(), tar)
    if sample is not None:
        yield sample


def _take(sample: _Sample, shard: Path, member: tarfile.TarInfo, ending: str, tar: tarfile.TarFile) -> None:
    """Add a file to what is known of its sample."""
    if ending in sample.others:
        raise InputError(f"{shard} holds {shown(member.name)} twice; give each sample a name of its own")
    sample.others.add(ending)
    if f".{ending.rpartition('.')[2]}" in SUFFIXES:
        if sample.picture is None:
            sample.picture = Encoded(shard, member.offset_data, member.size, shown(member.name, LONGEST_NAME))
    elif ending in LABELS:
        sample.label = _text(shard, member, tar, LONGEST_LABEL).strip()
    elif ending == "json" and not sample.label:
        sample.label = _in_json(_text(shard, member, tar, LONGEST_JSON), shard, member)


def _text(shard: Path, member: tarfile.TarInfo, tar: tarfile.TarFile, longest: int) -> str:
    if member.size > longest:
        raise InputError(f"{shard}: {shown(member.name)} has {member.size:,} bytes; a label was expected in it")
    file = tar.extractfile(member)
    assert file is not None
    try:
        return file.read().decode()
    except UnicodeDecodeError:
        raise InputError(f"{shard}: {shown(member.name)} is no text; a label was expected in it") from None


def _in_json(text: str, shard: Path, member: tarfile.TarInfo) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{shard}: {shown(member.name)} is no JSON; write it again") from None
    said = [document[name] for name in LABELS if name in document] if isinstance(document, dict) else []
    return str(said[0]) if said and isinstance(said[0], str | int) and not isinstance(said[0], bool) else ""
