"""An envelope gives back what was put in, at places that a browser can read numbers from without copying."""

import contextlib
import json
import struct
from typing import Any

import hypothesis.extra.numpy as arrays
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivebyfive.errors import InputError
from fivebyfive.text import in_order
from fivebyfive.views.page.envelope import ALIGNMENT, TYPES, Part, pack, unpack

NUMBERS = st.sampled_from([np.float32, np.float16, np.uint8, np.uint16, np.uint32, np.int32]).flatmap(
    lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5))
)
NAMES = st.text(max_size=8)
TEXTS = st.text().map(in_order)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(NAMES.map(in_order), TEXTS | st.integers()),
    st.dictionaries(NAMES.map(in_order), NUMBERS, max_size=5),
    st.booleans(),
)
def test_what_goes_in_comes_out(fields: dict[str, Any], buffers: dict[str, npt.NDArray[Any]], planes: bool) -> None:
    out = unpack(pack(Part(fields, buffers), planes=planes))
    assert out.fields == fields
    assert out.buffers.keys() == buffers.keys()
    for name, array in buffers.items():
        assert out.buffers[name].dtype == array.dtype
        np.testing.assert_array_equal(out.buffers[name], array)


def test_numbers_lie_where_typed_arrays_can_begin() -> None:
    envelope = pack(
        Part({"é": "ü"}, {"a": np.zeros(3, np.uint8), "b": np.ones(2, np.float32), "c": np.ones(1, np.uint16)})
    )
    (length,) = struct.unpack_from("<I", envelope)
    entries = json.loads(envelope[4 : 4 + length])["buffers"].values()
    assert all(entry["offset"] % ALIGNMENT == 0 for entry in entries)


def test_a_later_part_wins() -> None:
    out = unpack(pack(Part({"a": 1}, {"x": np.zeros(1, np.uint8)}), Part({"a": 2}, {"x": np.ones(1, np.uint8)})))
    assert out.fields == {"a": 2}
    assert out.buffers["x"].tolist() == [1]


def test_big_endian_numbers_are_turned() -> None:
    assert unpack(pack(Part(buffers={"x": np.array([1.5], ">f4")}))).buffers["x"].tolist() == [1.5]


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(TypeError, match="buffer 'x' is float64"):
        pack(Part(buffers={"x": np.zeros(1)}))


def envelope(header: bytes, length: int | None = None) -> bytes:
    return struct.pack("<I", len(header) if length is None else length) + header


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\1\0",
        envelope(b"{}", 2**32 - 1),
        envelope(b"[]"),
        envelope(b"\xff"),
        envelope(b"[" * 100_000),
        envelope(b'{"fields": 3, "buffers": {}}'),
        envelope(b'{"fields": {}, "buffers": {"a": {"type": "O", "shape": [1], "offset": 0}}}'),
        envelope(b'{"fields": {}, "buffers": {"a": {"type": "uint8", "shape": [-1], "offset": 0}}}'),
        envelope(b'{"fields": {}, "buffers": {"a": {"type": "uint8", "shape": [1e3], "offset": 0}}}'),
        envelope(b'{"fields": {}, "buffers": {"a": {"type": "uint8", "shape": [99999999999], "offset": 0}}}'),
        envelope(b'{"fields": {}, "buffers": {"a": {"type": "uint8", "shape": [1], "offset": -1}}}'),
        envelope(b'{"fields": {}, "buffers": {"a": {"shape": [1], "offset": 0, "other": 1}}}'),
    ],
)
def test_a_damaged_envelope_is_told(damaged: bytes) -> None:
    with pytest.raises(InputError, match="an envelope is damaged"):
        unpack(damaged)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_change_gives_an_envelope_or_one_error(data: st.DataObject) -> None:
    part = Part({"a": 1}, {"x": np.arange(6, dtype=np.float32).reshape(2, 3)})
    content = bytearray(pack(part, planes=data.draw(st.booleans())))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    with contextlib.suppress(InputError):
        assert all(array.dtype.name in TYPES for array in unpack(bytes(content)).buffers.values())
