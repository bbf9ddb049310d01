"""What the page is sent of a step beside its output, so that it can work the step out by itself."""

from dataclasses import dataclass, field
from typing import Any

from fivebyfive.views.page.envelope import Buffers


@dataclass(frozen=True)
class Sent:
    """Of a step what its form needs.

    Attributes:
        attributes: what the structure tells, as plain values.
        buffers: numbers, by names that become ``NAME/I``.
    """

    attributes: dict[str, Any] = field(default_factory=dict)
    buffers: Buffers = field(default_factory=dict)
