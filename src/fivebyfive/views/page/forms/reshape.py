"""Reshaping that leaves all values in their order, row by row."""

from typing import TYPE_CHECKING

from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from torch import Tensor

    from fivebyfive.explain.step import Step

SAME_ORDER = {"reshape", "reshape_as", "view", "view_as", "flatten", "unflatten", "squeeze", "unsqueeze", "ravel"}
SAME_ORDER |= {"index"}  # as in x[:, :, None, None]


def sent(step: "Step") -> Sent | None:
    """The layout in whose row-by-row order the numbers stay as they were."""
    if step.kind != "reshaping" or step.op not in SAME_ORDER or len(step.origins) != 1:
        return None
    before, after = step.origins[0].maps, step.maps
    same = (o for o in ("NHWC", "NCHW") if _rolled(before, o).equal(_rolled(after, o)) and _fits(step, o))
    order = next(same, None)
    return None if order is None else Sent({"order": order})


def _fits(step: "Step", order: str) -> bool:
    layouts = {s.layout for s in (step, step.origins[0]) if s.size[:2] != (1, 1)}
    return (layouts <= {"NHWC"}) if order == "NHWC" else "NHWC" not in layouts


def _rolled(maps: "Tensor", order: str) -> "Tensor":
    return (maps.permute(1, 2, 0) if order == "NHWC" else maps).reshape(-1)
