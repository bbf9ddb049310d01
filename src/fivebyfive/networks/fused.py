"""The quicker way through a network, for where nobody looks at its steps: its own method `fused`."""

from collections.abc import Callable

from torch import Tensor, nn


def fast_forward(network: nn.Module) -> Callable[[Tensor], Tensor]:
    """The network's own quicker way to the same result, where it has one (`fused`); otherwise the network itself."""
    forward: Callable[[Tensor], Tensor] = getattr(network, "fused", network)
    return forward
