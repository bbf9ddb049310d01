"""Attention of several heads with its projections: what the heads give, times the last matrix.

Buffers: see `operands.py`, for what the heads give, which no step holds, the last matrix, and its bias where it has
one; ``shares/I`` [heads, queries, keys]; ``query/I`` is a table of which query a value is of.
"""

import math

import torch

from fivebyfive.explain.kind import shape_of
from fivebyfive.explain.kinds.multi_head import every_head
from fivebyfive.explain.step import Step
from fivebyfive.views.page.operands import Read, described
from fivebyfive.views.page.places import table
from fivebyfive.views.page.sent import Sent

MOST = 1 << 26
"""Queries times the numbers of a matrix: beyond that, to ask for each takes too long."""

WRITTEN = True


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
    return Sent({"operands": operands, "added": None if bias is None else 1.0}, buffers)
