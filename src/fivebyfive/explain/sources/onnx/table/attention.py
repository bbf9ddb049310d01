"""Attention, and the turning of positions that goes with it.

Source: https://onnx.ai/onnx/operators/onnx__Attention.html
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.sources.onnx.op import Maker, Op, Run, as_type, aside, room
from fivebyfive.explain.sources.onnx.tensors import DTYPES


def _attention(op: Op) -> Run:
    causal = bool(op.get("is_causal", 0))
    left, right = int(op.get("left_window_size", -1)), int(op.get("right_window_size", -1))
    cap, given_scale = float(op.get("softcap", 0.0)), op.get("scale")

    def run(
        q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, past_k: Tensor | None = None,
        past_v: Tensor | None = None, lengths: Tensor | None = None,
    ) -> Any:  # fmt: skip
        flat = q.dim() == 3
        if flat:
            q = _heads(q, int(op.get("q_num_heads")))
            k, v = (_heads(x, int(op.get("kv_num_heads"))) for x in (k, v))
        before = 0
        if past_k is not None and past_v is not None:
            before = past_k.shape[2]
            k, v = torch.cat([past_k, k], 2), torch.cat([past_v, v], 2)
        room(*q.shape[:3], k.shape[2])
        offset: Any = before
        if lengths is not None and past_k is None:
            offset = lengths.reshape(-1, 1, 1, 1) - q.shape[2]
        scale = 1 / math.sqrt(q.shape[3]) if given_scale is None else float(given_scale)
        plain = causal and mask is None and lengths is None and not before and left < 0 and right < 0
        bias = None if plain else _bias(q, k, mask, causal, left, right, offset, lengths)
        if cap == 0.0 and not op.wants(3) and not _hides_all(bias):
            made = F.scaled_dot_product_attention(q, k, v, bias, 0.0, plain, scale=scale,
                                                  enable_gqa=q.shape[1] != k.shape[1])  # fmt: skip
            seen = None
        else:
            if plain:
                bias = _bias(q, k, mask, causal, left, right, offset, lengths)
            made, seen = _by_hand(op, q, k, v, bias, scale, cap)
        if flat:
            made = made.transpose(1, 2)
            made = made.reshape(*made.shape[:2], -1)
        return made, k, v, seen

    return run


def _heads(x: Tensor, heads: int) -> Tensor:
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)


def _bias(
    q: Tensor, k: Tensor, mask: Tensor | None, causal: bool, left: int, right: int, offset: Any, lengths: Tensor | None
) -> Tensor | None:
    """What is added to the products: 0 where a query may look, −∞ where not."""
    with aside():
        rows, columns = torch.arange(q.shape[2]).reshape(-1, 1), torch.arange(k.shape[2]).reshape(1, -1)
        apart = columns - rows - offset
        allowed = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool)
        if causal:
            allowed = allowed & (apart <= 0)
        if left >= 0:
            allowed = allowed & (apart >= -left)
        if right >= 0:
            allowed = allowed & (apart <= right)
        if lengths is not None:
            allowed = allowed & (columns < lengths.reshape(-1, 1, 1, 1))
        found = None if bool(allowed.all()) else _hiding(allowed, q.dtype)
    if mask is None:
        return found
    if mask.shape[-1] < k.shape[2]:
        filled = False if mask.dtype == torch.bool else -math.inf
        mask = F.pad(mask, (0, k.shape[2] - mask.shape[-1]), value=filled)
    mask = _hiding(mask, q.dtype) if mask.dtype == torch.bool else as_type(mask, q.dtype)
    mask = mask.expand(q.shape[2], k.shape[2]) if mask.dim() == 1 else mask
    return mask if found is None else mask + found


def _hiding(allowed: Tensor, dtype: torch.dtype) -> Tensor:
    return torch.zeros(allowed.shape, dtype=dtype).masked_fill(~allowed, -math.inf)


def _hides_all(bias: Tensor | None) -> bool:
    """Whether a query may look nowhere."""
    with aside():
        return bias is not None and bool((bias.amax(-1) == -math.inf).any())


def _by_hand(
    op: Op, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, scale: float, cap: float
) -> tuple[Tensor, Tensor]:
    many = q.shape[1] // k.shape[1]
    if many > 1:
        k, v = k.repeat_interleave(many, 1), v.repeat_interleave(many, 1)
    products = torch.matmul(q, k.transpose(2, 3)) * scale
    mode, dtype = int(op.get("qk_matmul_output_mode", 0)), op.get("softmax_precision")
    if cap > 0:
        products = torch.tanh(products / cap) * cap
    added = products if bias is None else products + bias
    seen = added if mode == 2 else products
    wide = as_type(added, DTYPES[int(dtype)]) if dtype else added
    share = as_type(F.softmax(wide, -1), q.dtype)
    if _hides_all(bias):
        assert bias is not None
        share = share.masked_fill((bias.amax(-1, keepdim=True) == -math.inf), 0.0)
    seen = share if mode == 3 else seen
    return torch.matmul(share, v), seen


def _rotary(op: Op) -> Run:
    def run(x: Tensor, cos: Tensor, sin: Tensor, positions: Tensor | None = None) -> Any:
        shape = x.shape
        turned = x.transpose(1, 2) if x.dim() == 4 else x.reshape(*x.shape[:2], int(op.get("num_heads")), -1)
        size = int(op.get("rotary_embedding_dim", 0)) or turned.shape[3]
        part, rest = turned[..., :size], turned[..., size:]
        if positions is not None:
            cos, sin = cos[positions], sin[positions]
        cos, sin = cos.unsqueeze(2), sin.unsqueeze(2)
        pairs = bool(op.get("interleaved", 0))
        a, b = (part[..., 0::2], part[..., 1::2]) if pairs else part.chunk(2, -1)
        real, imag = cos * a - sin * b, sin * a + cos * b
        made = torch.stack([real, imag], -1).flatten(-2) if pairs else torch.cat([real, imag], -1)
        made = torch.cat([made, rest], -1) if rest.shape[-1] else made
        return made.transpose(1, 2) if len(shape) == 4 else made.reshape(shape)

    return run


def _swiglu(op: Op) -> Run:
    alpha = float(op.get("alpha", 1.0))
    return lambda a, b: (F.silu(a) if alpha == 1.0 else a * torch.sigmoid(a * alpha)) * b


TABLE: dict[str, Maker] = {"Attention": _attention, "RotaryEmbedding": _rotary, "SwiGLU": _swiglu}
