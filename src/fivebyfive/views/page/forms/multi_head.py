"""Attention of several heads with its projections: what the heads give, times the last matrix.

Buffers: see `operands.py`, for what the heads give, which no step holds, the last matrix, and its bias where it has
one; ``shares/I`` [heads, queries, keys]; ``query/I`` is a table of which query a value is of.

To be worked out anew: ``query-weight/I``, ``key-weight/I``, ``value-weight/I`` [heads·d, features] and
``projected-bias/I`` [3, heads·d]; ``query-places/I``, ``key-places/I``, ``value-places/I`` [tokens, features] in the
inputs that ``attributes.asks`` names, and ``mask/I`` [heads, queries, keys], which is added to the scores.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from fivebyfive.explain.kind import shape_of
from fivebyfive.explain.kinds.multi_head import every_head, masks
from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import tensor_of
from fivebyfive.views.page.hanging import hangs
from fivebyfive.views.page.operands import Read, described, numbered
from fivebyfive.views.page.places import table
from fivebyfive.views.page.sent import Learned, Sent

if TYPE_CHECKING:
    from fivebyfive.views.page.envelope import Buffers

MOST = 1 << 26
"""Queries times the numbers of a matrix: beyond that, to ask for each takes too long."""

MASKS = ("attn_mask", "key_padding_mask")

WRITTEN = True
OF_THE_PICTURE = ("constant-0", "shares")
ASKS = ("query", "key", "value")


def sent(step: Step) -> Sent | None:
    """The heads; None for what is no such attention, or a batch of several, or its second result."""
    values = step.call.values
    if step.op != "multi_head_attention_forward" or step.attributes.get("part", 0) or not step.output.numel():
        return None
    query, weight, bias = shape_of(values["query"]), values["out_proj_weight"], values.get("out_proj_bias")
    if query[0] * math.prod(shape_of(weight)) > MOST or (len(query) == 3 and query[1] != 1):
        return None
    shares, given = every_head(step)
    queries, width = given.shape
    rows = torch.arange(queries).reshape(-1, *[1] * (len(query) - 1)).expand(step.output_shape)
    columns = torch.arange(step.output_shape[-1]).expand(step.output_shape)
    along = torch.arange(width)
    reads = [Read(torch.from_numpy(given), rows * width, along), Read(weight, columns * width, along)]
    reads += [] if bias is None else [Read(bias, columns)]
    operands, buffers = described(step, reads)
    buffers |= {"shares": shares.astype("float32"), "query": table(rows, step)}
    asks = [step.origins.index(values[name]) if isinstance(values[name], Step) else -1 for name in ASKS]
    return Sent({"asks": asks, "operands": operands, "added": None if bias is None else 1.0}, buffers)


def learned(step: Step) -> Learned | None:
    """Its matrices, and which numbers they project; None where a key is added, or a mask hangs on the picture."""
    values = step.call.values
    matrices = _matrices(values)
    places = [numbered(values[name]) for name in ASKS if isinstance(values[name], Step)]
    hidden = any(isinstance(values.get(name), Step) and hangs(values[name]) for name in MASKS)
    more = values.get("bias_k") is not None or values.get("add_zero_attn")
    if hidden or more or len(places) < len(ASKS) or any(isinstance(matrix, Step) for matrix in matrices.values()):
        return None
    buffers: Buffers = {}
    for name, found in zip(ASKS, places, strict=True):
        if found is None:
            return None
        buffers[f"{name}-places"] = found.reshape(len(found), -1).numpy().astype(np.int32)
    queries, keys = (shape_of(values[name])[0] for name in ("query", "key"))
    mask = np.stack([masks(values, query, 0, (values["num_heads"], keys)) for query in range(queries)], axis=1)
    return Learned(matrices, buffers | ({"mask": mask.astype(np.float32)} if mask.any() else {}))


def _matrices(values: Mapping[str, Any]) -> dict[str, Any]:
    if values.get("use_separate_proj_weight"):
        projections: Sequence[Any] = [values[f"{name}_proj_weight"] for name in "qkv"]
    else:
        projections = tensor_of(values["in_proj_weight"]).chunk(3)
    found = {f"{name}-weight": matrix for name, matrix in zip(ASKS, projections, strict=True)}
    bias = values.get("in_proj_bias")
    return found | {"constant-1": values["out_proj_weight"]} | ({} if bias is None else {"projected-bias": bias})
