"""Normalizations, by statistics that were learned or by those of their input."""

from typing import TYPE_CHECKING

import torch

from fivebyfive.explain.terms import of_one_picture
from fivebyfive.views.page.sent import Sent
from fivebyfive.views.page.together import together

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

WRITTEN = True


def sent(step: "Step") -> Sent | None:
    """Which values share a mean, where it is their own; ε as a number."""
    if step.kind != "normalization" or len(step.origins) != 1 or step.size != step.origins[0].size:
        return None
    given = step.attributes.get("eps")
    eps = {"eps": torch.finfo(step.output.dtype).eps if given is None else given}
    if by_its_training(step):
        return Sent(eps) if of_one_picture(step) else None
    of_a_line = step.op in ("layer_norm", "rms_norm")  # found whatever the channels are
    counts = _counts(step)
    over = together(step, counts) if counts is not None and (of_a_line or of_one_picture(step)) else None
    return None if over is None else Sent(eps | {"over": over})


def by_its_training(step: "Step") -> bool:
    """Whether a normalization uses statistics that it has learned, and not those of its input."""
    own = step.op in ("batch_norm", "instance_norm", "batch_normalization") and not step.attributes.get("training")
    return own and step.call.values.get("running_mean") is not None


def _counts(step: "Step") -> list[int] | None:
    """How many values along each dimension share their mean."""
    shape, rank = step.output_shape, len(step.output_shape)
    if step.op == "group_norm":
        return [1, shape[1] // step.attributes["norm_groups"], *shape[2:]]
    if step.op in ("layer_norm", "rms_norm"):
        along = set(range(rank - len(step.attributes["norm_shape"]), rank))
    elif step.op in ("batch_norm", "instance_norm"):
        along = set(range(rank)) - ({1} if step.op == "batch_norm" else {0, 1})
    else:
        return None
    return [n if d in along else 1 for d, n in enumerate(shape)]
