"""Which other files an ONNX file asks for, read from its bytes without running anything.

An ONNX file may keep its weights in other files ("external data"). ONNX Runtime opens whatever is named there, and
looks in the current folder if it is given bytes; so the names are looked at first. Only files that lie beside the
model are allowed.

The format is protobuf: fields of a number, a type and a value, where a value may be a message of fields again. Fields
that are not in MESSAGES are passed over, as by any reader.

Source: onnx/onnx.proto and protobuf's "Encoding", https://protobuf.dev/programming-guides/encoding.
"""

import stat
from collections.abc import Iterator
from pathlib import Path

from fivebyfive.errors import InputError

MESSAGES: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
    "entry": {1: "key", 2: "value"},
}
"""For each kind of message, the kinds of those of its fields that lead to external data."""

VARINT, EIGHT, LENGTH, FOUR = 0, 1, 2, 5
"""How a field's value is written."""


def external_files(data: bytes, path: Path) -> list[Path]:
    """The files beside `path` that the ONNX model `data`, which was read from there, keeps weights in.

    Raises:
        InputError: it names a file elsewhere, or one that is no ordinary file; or the bytes are no protobuf.
    """
    try:
        names = sorted(set(_locations(memoryview(data))))
    except (ValueError, IndexError):
        raise InputError(f"{path} is not an ONNX model that can be used: its bytes are damaged") from None
    return [_beside(path, name) for name in names]


def _beside(path: Path, name: str) -> Path:
    file = path.parent / name
    plain = name not in ("", ".", "..") and not any(c in name for c in "/\\\0")
    try:
        if plain and stat.S_ISREG(file.lstat().st_mode):
            return file
    except (OSError, ValueError):
        plain = False
    raise InputError(
        f"{path} keeps weights in '{name[:200]}', which is no ordinary file beside it; put it there, or export anew"
    )


def _locations(model: memoryview) -> Iterator[str]:
    """The values of all entries of external data that may be a location; of a key given twice, both count."""
    waiting = [("model", model)]
    while waiting:
        kind, message = waiting.pop()
        inner = [(MESSAGES[kind].get(number), value) for number, value in _fields(message)]
        if kind == "entry":
            if any(name == "key" and bytes(value) == b"location" for name, value in inner):
                yield from (bytes(value).decode() for name, value in inner if name == "value")
            continue
        waiting += [(name, value) for name, value in inner if name is not None]


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The fields of `message` whose values have a length of their own: text and messages."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, written = tag >> 3, tag & 7
        if written == VARINT:
            _, at = _varint(message, at)
        elif written in (EIGHT, FOUR):
            at += 8 if written == EIGHT else 4
        elif written == LENGTH:
            size, at = _varint(message, at)
            if at + size > len(message):
                raise ValueError("a field is longer than what it is in")
            yield number, message[at : at + size]
            at += size
        else:  # groups, which ONNX has none of
            raise ValueError(f"a field is written in way {written}")
    if at != len(message):
        raise ValueError("the last field is cut off")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """The number at `at`, seven bits a byte, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number is longer than ten bytes")
