"""Small whole numbers q that mean (q − zero point) · scale."""

from typing import Any

import torch
from torch import Tensor

from fivebyfive.explain.sources.onnx.op import Maker, Op, Run, as_type, plain
from fivebyfive.explain.sources.onnx.table.convolution import conv
from fivebyfive.explain.sources.onnx.tensors import DTYPES, NARROW

BITS = {21: (0, 15), 22: (-8, 7), 25: (0, 3), 26: (-2, 1)}


def _along(op: Op, x: Tensor, given: Tensor) -> Tensor:
    """A scale or zero point so that it stands beside the values that it belongs to."""
    if given.dim() == 0 or given.numel() == 1:
        return given.reshape(())
    axis = int(op.get("axis", 1)) % x.dim()
    block = int(op.get("block_size", 0))
    if block:
        return given.repeat_interleave(block, axis).narrow(axis, 0, x.shape[axis])
    return given.reshape([-1 if d == axis else 1 for d in range(x.dim())])


def _quantize(op: Op) -> Run:
    number = int(op.get("output_dtype", 0))

    def run(x: Tensor, scale: Tensor, zero: Tensor | None = None) -> Any:
        dtype = zero.dtype if zero is not None else DTYPES.get(number) or NARROW.get(number, torch.uint8)
        wide = torch.float32 if x.dtype == torch.float16 else x.dtype
        divided = as_type(x, wide) / _along(op, x, as_type(scale, wide))
        if dtype.is_floating_point:
            return divided.to(dtype)
        least, most = BITS.get(number) or (torch.iinfo(dtype).min, torch.iinfo(dtype).max)
        found = torch.round(divided)
        if zero is not None:
            found = found + _along(op, x, zero.to(wide))
        return torch.clamp(found, least, most).to(dtype)

    return run


def _dequantize(op: Op) -> Run:
    number = int(op.get("output_dtype", 0))

    def run(x: Tensor, scale: Tensor, zero: Tensor | None = None) -> Any:
        dtype = DTYPES[number] if number else scale.dtype
        apart = x.to(torch.float32) if zero is None else x.to(torch.float32) - _along(op, x, zero.to(torch.float32))
        return (apart * _along(op, x, scale.to(torch.float32))).to(dtype)

    return run


def _dynamic(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    least, most = torch.clamp(x.amin(), max=0.0), torch.clamp(x.amax(), min=0.0)
    scale = (most - least) / 255
    zero = torch.clamp(torch.round(-least / scale), 0, 255)
    made = torch.clamp(torch.round(x / scale) + zero, 0, 255)
    return made.to(torch.uint8), scale, zero.to(torch.uint8)


def _whole(x: Tensor, zero: Tensor | None, rows: int | None = None) -> Tensor:
    """Whole numbers less their zero point, in double precision, which holds their products."""
    if zero is None:
        return x.double()
    zero = zero.double()
    if zero.numel() > 1 and rows is not None and zero.dim() == 1:
        zero = zero.reshape([-1 if d == rows % x.dim() else 1 for d in range(x.dim())])
    return x.double() - zero


def _matmul_integer(a: Tensor, b: Tensor, a_zero: Tensor | None = None, b_zero: Tensor | None = None) -> Tensor:
    return torch.matmul(_whole(a, a_zero, -2), _whole(b, b_zero, -1)).to(torch.int32)


def _conv_integer(op: Op) -> Run:
    convolve = conv(op)

    def run(x: Tensor, w: Tensor, x_zero: Tensor | None = None, w_zero: Tensor | None = None) -> Any:
        return convolve(_whole(x, x_zero), _whole(w, w_zero, 0)).to(torch.int32)

    return run


def _requantized(x: Tensor, factor: Tensor, zero: Tensor) -> Tensor:
    about = torch.iinfo(zero.dtype)
    return torch.clamp(torch.round(x * factor) + zero.double(), about.min, about.max).to(zero.dtype)


def _qlinear_conv(op: Op) -> Run:
    convolve = conv(op)

    def run(
        x: Tensor, x_scale: Tensor, x_zero: Tensor, w: Tensor, w_scale: Tensor, w_zero: Tensor, y_scale: Tensor,
        y_zero: Tensor, b: Tensor | None = None,
    ) -> Any:  # fmt: skip
        made = convolve(_whole(x, x_zero), _whole(w, w_zero, 0), None if b is None else b.double())
        factor = x_scale.double() * w_scale.double() / y_scale.double()
        if factor.numel() > 1:
            factor = factor.reshape(-1, *[1] * (made.dim() - 2))
        return _requantized(made, factor, y_zero)

    return run


def _qlinear_matmul(
    a: Tensor, a_scale: Tensor, a_zero: Tensor, b: Tensor, b_scale: Tensor, b_zero: Tensor, y_scale: Tensor,
    y_zero: Tensor,
) -> Tensor:  # fmt: skip
    made = torch.matmul(_whole(a, a_zero, -2), _whole(b, b_zero, -1))
    return _requantized(made, a_scale.double() * b_scale.double() / y_scale.double(), y_zero)


TABLE: dict[str, Maker] = {
    "QuantizeLinear": _quantize, "DequantizeLinear": _dequantize, "DynamicQuantizeLinear": plain(_dynamic),
    "MatMulInteger": plain(_matmul_integer), "ConvInteger": _conv_integer, "QLinearConv": _qlinear_conv,
    "QLinearMatMul": plain(_qlinear_matmul),
}  # fmt: skip
FIXED = ("QuantizeLinear", "DequantizeLinear")
