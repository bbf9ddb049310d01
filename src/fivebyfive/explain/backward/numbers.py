"""How large many numbers are together, as one number."""

from torch import Tensor


def size(values: Tensor) -> float:
    """The root of the mean square; of complex numbers of their magnitudes; 0 of nothing."""
    return float(values.abs().double().pow(2).mean().sqrt()) if values.numel() else 0.0
