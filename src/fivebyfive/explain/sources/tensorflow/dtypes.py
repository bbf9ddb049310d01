"""TensorFlow's types as PyTorch's."""

from typing import Any

import torch

TYPES = {
    "float32": torch.float32, "float64": torch.float64, "float16": torch.float16, "bfloat16": torch.bfloat16,
    "int64": torch.int64, "int32": torch.int32, "int16": torch.int16, "int8": torch.int8, "uint8": torch.uint8,
    "uint16": torch.uint16, "uint32": torch.uint32, "uint64": torch.uint64, "bool": torch.bool,
    "complex64": torch.complex64, "complex128": torch.complex128,
}  # fmt: skip


def torch_type(dtype: Any) -> torch.dtype:
    """PyTorch's type for one of TensorFlow's.

    Raises:
        KeyError: it has none, as for text.
    """
    name = getattr(dtype, "base_dtype", dtype)
    return TYPES[getattr(name, "name", str(name))]
