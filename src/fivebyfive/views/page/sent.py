"""What the page is sent of a step beside its output, so that it can work the step out by itself."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fivebyfive.views.page.envelope import Buffers

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Learned:
    """Of a step what it needs beside that to be worked out for another picture.

    Attributes:
        matrices: the weights, by names that become ``NAME/I``: the network's own tensors, or views of them.
        buffers: where in its inputs it reads, and the like.
    """

    matrices: "dict[str, Tensor]"
    buffers: Buffers


@dataclass(frozen=True)
class Sent:
    """Of a step what its form needs.

    Attributes:
        attributes: what the structure tells, as plain values.
        buffers: numbers, by names that become ``NAME/I``.
    """

    attributes: dict[str, Any] = field(default_factory=dict)
    buffers: Buffers = field(default_factory=dict)
