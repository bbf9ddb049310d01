"""Attention: each query's value is a mean of values, weighed by how well their keys fit the query.

Buffers: see `operands.py`, for queries, keys (all numbers of all keys, key by key), values and, where there is one, the
mask; and ``queries/I`` with ``query-steps/I``, the place that the same number of the first query has in the output, and
the distances to those of the others.
"""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fivebyfive.explain.kind import shape_of
from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import tensor_of
from fivebyfive.views.page.operands import Read, along_dimensions, described, first_along, numbered
from fivebyfive.views.page.places import table
from fivebyfive.views.page.sent import Sent

GENERAL = True


def sent(step: Step) -> Sent | None:
    """What asks, what is asked, and what is given; None where shares are dropped at random, or it is no attention."""
    values = step.call.values
    if step.op != "scaled_dot_product_attention" or values.get("dropout_p") or not step.output.numel():
        return None
    numbers = [numbered(values[name]) for name in ("query", "key", "value")]
    own = numbered(step)
    if own is None or any(n is None for n in numbers):
        return None
    query, key, value = (_repeated(n, own, values.get("enable_gqa")) for n in numbers if n is not None)
    reads = [
        Read(values["query"], _everywhere(query, [-1], step), along_dimensions(query, [query.dim() - 1])),
        Read(values["key"], _everywhere(key, [-2, -1], step), along_dimensions(key, [key.dim() - 2, key.dim() - 1])),
        Read(values["value"], _everywhere(value, [-2], step), along_dimensions(value, [value.dim() - 2])),
    ]
    mask = values.get("attn_mask")
    if mask is not None:
        given = _mask(mask, query, key)
        if given is None:
            return None
        reads.append(Read(mask, _everywhere(given, [-1], step), along_dimensions(given, [given.dim() - 1])))
    operands, buffers = described(step, reads)
    buffers["queries"] = table(first_along(own, [own.dim() - 2]), step)
    buffers["query-steps"] = along_dimensions(own, [own.dim() - 2]).numpy().astype(np.int32)
    return Sent({"operands": operands} | _numbers(step), buffers)


def _repeated(numbers: Tensor, own: Tensor, shared: Any) -> Tensor:
    """The numbers for every head, where several heads share one."""
    return numbers.repeat_interleave(own.shape[-3] // numbers.shape[-3], -3) if shared else numbers


def _everywhere(numbers: Tensor, dims: list[int], step: Step) -> Tensor:
    return first_along(numbers, dims).expand(step.output_shape)


def _mask(mask: Any, query: Tensor, key: Tensor) -> Tensor | None:
    """Its numbers for every query and key."""
    found = numbered(mask)
    if found is None:
        return None
    lead = found.shape[:-2] if found.dim() > 2 else ()
    return torch.broadcast_to(found, (*lead, query.shape[-2], key.shape[-2]))


def _numbers(step: Step) -> dict[str, Any]:
    """What the products are multiplied by, whether a query sees what stands behind it, and what the mask does."""
    values = step.call.values
    scale, mask = values.get("scale"), values.get("attn_mask")
    own = 1 / math.sqrt(shape_of(values["query"])[-1])
    does = "" if mask is None else "adds" if tensor_of(mask).is_floating_point() else "hides"
    return {"scale": own if scale is None else float(scale), "causal": bool(values.get("is_causal")), "mask": does}
