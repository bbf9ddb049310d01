"""ONNX's tensors as PyTorch's."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.sources.onnx.op import room
from fivebyfive.explain.sources.onnx.safety import bytes_of, data_file, expect_within, external

DTYPES = {
    1: torch.float32, 2: torch.uint8, 3: torch.int8, 4: torch.uint16, 5: torch.int16, 6: torch.int32, 7: torch.int64,
    9: torch.bool, 10: torch.float16, 11: torch.float64, 12: torch.uint32, 13: torch.uint64, 14: torch.complex64,
    15: torch.complex128, 16: torch.bfloat16, 17: torch.float8_e4m3fn, 18: torch.float8_e4m3fnuz,
    19: torch.float8_e5m2, 20: torch.float8_e5m2fnuz,
}  # fmt: skip
"""By ONNX's numbers (TensorProto.DataType), those that PyTorch has."""
NARROW = {21: torch.uint8, 22: torch.int8, 25: torch.uint8, 26: torch.int8}
"""Whole numbers of four and of two bits, by what holds them here."""
SAME_BITS = {
    torch.bfloat16: np.int16, torch.float8_e4m3fn: np.uint8, torch.float8_e4m3fnuz: np.uint8,
    torch.float8_e5m2: np.uint8, torch.float8_e5m2fnuz: np.uint8,
}  # fmt: skip
STRING = 8


def to_tensor(proto: Any, folder: Path | None, model: str) -> Tensor:
    """A tensor of the file, with memory of its own.

    Raises:
        InputError: its data are elsewhere than in the model's folder, or fewer than it says.
        ValueError, TypeError: it is damaged.
    """
    import onnx

    dtype = DTYPES.get(proto.data_type) or NARROW.get(proto.data_type)
    if dtype is None:
        raise InputError(f"a tensor in it holds {_type_name(proto.data_type)}, which PyTorch has not")
    said = external(proto)
    if proto.data_location == 1:
        plain = onnx.TensorProto()
        plain.data_type = proto.data_type
        plain.dims.extend(proto.dims)
        plain.raw_data = _read(said, proto, dtype, folder, model)
        proto = plain
    elif proto.HasField("raw_data") and proto.data_type in DTYPES:
        size = bytes_of(proto.dims, dtype.itemsize)
        if len(proto.raw_data) != size:
            raise ValueError(f"a tensor has {len(proto.raw_data):,} bytes and says {size:,}")
    array = np.array(onnx.numpy_helper.to_array(proto), copy=True, order="C")
    if dtype in SAME_BITS and array.dtype.itemsize == dtype.itemsize:
        return torch.from_numpy(array.view(SAME_BITS[dtype])).view(dtype)
    if proto.data_type in NARROW:
        array = array.astype(np.uint8 if NARROW[proto.data_type] == torch.uint8 else np.int8)
    return torch.from_numpy(array).to(dtype)


def _read(said: Any, proto: Any, dtype: torch.dtype, folder: Path | None, model: str) -> bytes:
    if folder is None:
        raise InputError(f"{model} keeps weights in files of their own; give the path of its file")
    file = data_file(folder, said.get("location", ""), model)
    size = bytes_of(proto.dims, dtype.itemsize)
    size = (size + 1) // 2 if proto.data_type in (21, 22) else size
    offset, length = expect_within(said, size, file)
    with file.open("rb") as opened:
        opened.seek(offset)
        return opened.read(length)


def _type_name(number: int) -> str:
    import onnx

    try:
        return str(onnx.TensorProto.DataType.Name(number)).lower()
    except ValueError:
        return f"values of type {number}"


def dense(sparse: Any, read: Callable[[Any], Tensor]) -> Tensor:
    """A sparse tensor with its zeros.

    Raises:
        InputError: it is too large.
    """
    room(*sparse.dims)
    values, indices = read(sparse.values), read(sparse.indices)
    found = torch.zeros(math.prod(sparse.dims), dtype=values.dtype)
    if indices.dim() == 2:
        steps = [math.prod(sparse.dims[d + 1 :]) for d in range(len(sparse.dims))]
        indices = (indices * torch.tensor(steps)).sum(1)
    found[indices] = values
    return found.reshape(*sparse.dims)
