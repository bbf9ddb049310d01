"""The one binary form in which a page receives anything: a JSON header, then raw numbers that are used without copying.

Layout, little-endian: 4 bytes, the header's length; the header, UTF-8 JSON padded with spaces; the buffers, each at a
multiple of 8 bytes. The header is ``{"fields": {…}, "buffers": {name: {"type", "shape", "offset"}}}``; offsets count
from the envelope's first byte, types are NumPy's names (``float32``, ``uint8``, …). `js/document/envelope.js` reads it.

Marks of direction in the fields' texts are written out, \\u202e: a page shows code in the order in which it runs.

Where the header says ``"planes": true``, each buffer holds the first byte of all its numbers, then the second of all …:
a tenth smaller once it is compressed, because the bytes that are alike (sign and exponent) lie together.
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fivebyfive.errors import InputError
from fivebyfive.text import in_order_as_json

ALIGNMENT = 8
TYPES = ("float32", "float16", "uint8", "uint16", "uint32", "int32")
Buffers = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Part:
    """A piece of a document: `fields` for the header, `buffers` for the numbers."""

    fields: dict[str, Any] = field(default_factory=dict)
    buffers: Buffers = field(default_factory=dict)


def pack(*parts: Part, planes: bool = False) -> bytes:
    """One envelope that holds all `parts`; a later part wins over an earlier one of the same name.

    Args:
        planes: laid out to be compressed.
    """
    fields: dict[str, Any] = {}
    buffers: Buffers = {}
    for part in parts:
        fields |= part.fields
        buffers |= part.buffers
    arrays = {name: np.ascontiguousarray(_little_endian(name, array)) for name, array in buffers.items()}
    header = _header(fields, arrays, planes)
    body = bytearray(struct.pack("<I", len(header)) + header)
    for array in arrays.values():
        body += b"\0" * (-len(body) % ALIGNMENT)
        body += in_planes(array) if planes else array.tobytes()
    return bytes(body)


def in_planes(array: npt.NDArray[Any]) -> bytes:
    """The first byte of every number, then the second of every number, and so on."""
    return array.reshape(-1, 1).view(np.uint8).T.tobytes()


def unpack(envelope: bytes) -> Part:
    """The fields and buffers of `envelope`, which `pack` made.

    Raises:
        InputError: it is damaged.
    """
    try:
        (length,) = struct.unpack_from("<I", envelope)
        header = json.loads(envelope[4 : 4 + length])
        planes = header.get("planes", False)
        buffers = {name: _buffer(envelope, planes, **entry) for name, entry in header["buffers"].items()}
        return Part(dict(header["fields"]), buffers)
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"an envelope is damaged ({type(error).__name__}); it was not made by this program") from None


def _buffer(envelope: bytes, planes: bool, type: str, shape: list[int], offset: int) -> npt.NDArray[Any]:
    if type not in TYPES or not all(isinstance(n, int) and n >= 0 for n in [*shape, offset]):
        raise ValueError(f"a buffer of type {type}, shape {shape}")
    count = math.prod(shape)
    if offset + count * np.dtype(type).itemsize > len(envelope):
        raise ValueError("a buffer ends beyond the envelope")
    dtype = np.dtype(type).newbyteorder("<")
    if count == 0:
        return np.empty(shape, dtype)
    if planes:
        laid = np.frombuffer(envelope, np.uint8, count * dtype.itemsize, offset).reshape(dtype.itemsize, count)
        return np.ascontiguousarray(laid.T).view(dtype).reshape(shape)
    return np.frombuffer(envelope, dtype, count, offset).reshape(shape)


def _header(fields: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], planes: bool) -> bytes:
    # Offsets depend on the header's length and the header holds the offsets: reserve room for the longest possible.
    sizes = [array.nbytes for array in arrays.values()]
    entries = {name: {"type": a.dtype.name, "shape": list(a.shape), "offset": 10**12} for name, a in arrays.items()}
    header = {"fields": fields, "buffers": entries} | ({"planes": True} if planes else {})
    room = len(_json(header))
    room += -(room + 4) % ALIGNMENT
    offset = 4 + room
    for entry, size in zip(entries.values(), sizes, strict=True):
        entry["offset"] = offset
        offset += size + -size % ALIGNMENT
    return _json(header).ljust(room)


def _json(document: Mapping[str, Any]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return in_order_as_json(text).encode()


def _little_endian(name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.dtype.name not in TYPES:
        raise TypeError(f"buffer '{name}' is {array.dtype.name}; an envelope holds {', '.join(TYPES)}")
    return array.astype(array.dtype.newbyteorder("<"), copy=False)
