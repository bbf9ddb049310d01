"""The sum of two results, place by place."""

import operator
from typing import TYPE_CHECKING

from fivebyfive.views.page.place_by_place import is_joined
from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

WRITTEN = True


def sent(step: "Step") -> Sent | None:
    """Nothing beside the inputs."""
    return Sent() if is_joined(step, "add", operator.add) else None
