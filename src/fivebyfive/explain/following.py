"""Which dimension is which behind each operation: its kind's rule is asked, and what it says is checked.

An operation without a rule keeps the dimensions where the shape stays, and says nothing where it does not.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fivebyfive.explain import dimensions
from fivebyfive.explain.axes import Done, extent
from fivebyfive.explain.kind import rule_of
from fivebyfive.explain.kinds import home
from fivebyfive.explain.step import Axes, Step


def followed(
    op: str,
    values: Mapping[str, Any],
    found: Mapping[str, Any],
    origins: Sequence[Step],
    shape: Sequence[int],
    ours: bool = False,
) -> Axes | None:
    """The dimensions of what comes out, in the `shape` that it has; None where they do not follow from the inputs'."""
    shape = tuple(shape)
    if ours and len(shape) == 4:
        return dimensions.named("NHWC", shape)
    if not origins:
        return None
    try:
        kind = home(op)
        rule = rule_of(kind.axes, op) if kind is not None else None
        after = (rule or dimensions.same)(Done(op, values, found, origins, shape))
    except (KeyError, IndexError, TypeError, ValueError):
        return None  # called in a way that the rule does not know
    return after if after is not None and tuple(map(extent, after)) == shape else None
