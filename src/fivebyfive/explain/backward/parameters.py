"""The network's parameters on the way back: of each its gradient, and the sum behind any one of its numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from torch import Tensor, nn

from fivebyfive.errors import InputError
from fivebyfive.explain.backward.sums import gradient_sum
from fivebyfive.explain.given import leaves
from fivebyfive.explain.step import Arithmetic, Step


@dataclass(eq=False)
class Parameter:
    """What a network has learned, one tensor of it.

    Attributes:
        name: as the network's ``named_parameters`` has it.
        value: the tensor itself.
        gradient: of the loss, in the same shape, as autograd has it; None where nothing that the loss depends on used
            it, where it is frozen, or where no way back was traced.
        uses: the steps that took it, in order; a shared weight has several.
    """

    name: str
    value: Tensor = field(repr=False)
    gradient: Tensor | None = field(default=None, repr=False)
    uses: tuple[Step, ...] = field(default=(), repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape, as the tensor has it."""
        return tuple(self.value.shape)

    def back(self, *index: int) -> Arithmetic:
        """How the gradient of the number at `index` came about: Σ over every place (and picture) where it was used.

        Each term is an output of a step that used it: the gradient there (``value``), how much that output grows with
        this number (``weight``: for a convolution the input value that it met there), and their product.

        Raises:
            InputError: the place lies outside, it has no gradient, or the way back cannot be followed.
        """
        self.check(index)
        if self.gradient is None:
            raise InputError(self._why_none())
        symbols = " + ".join(f"Σ ∂L/∂{step.name} · ∂{step.name}/∂W" for step in self.uses if step.gradient is not None)
        place = ", ".join(map(str, index))
        whole = f"∂L/∂W = {symbols}, W = {self.name}[{place}]"
        return gradient_sum(f"{self.name}[{place}]", self.value, self.uses, index, (0, 0, 0), self.gradient, whole)

    def check(self, index: Sequence[int]) -> None:
        """Raise an InputError unless `index` is a place in it."""
        if len(index) != len(self.shape) or not all(0 <= i < n for i, n in zip(index, self.shape, strict=True)):
            raise InputError(
                f"{self.name} has shape {list(self.shape)}; {list(index)} is no place in it: give {len(self.shape)} "
                f"numbers, each from 0 on and below {list(self.shape)}"
            )

    def _why_none(self) -> str:
        if not self.value.requires_grad:
            return f"{self.name} is frozen (requires_grad is False): it has no gradient, and learns nothing"
        if not self.uses:
            return f"{self.name} was not used for this answer, so it learns nothing from it"
        return f"no gradient reaches {self.name}; give explain a label, or a loss, to trace the way back"


class Parameters(Mapping[str, Parameter]):
    """Parameters by their names; a name that is not there is answered with the nearest ones."""

    def __init__(self, found: Mapping[str, Parameter]) -> None:
        self._found = dict(found)

    def __getitem__(self, name: str) -> Parameter:
        if name not in self._found:
            near = get_close_matches(name, self._found, n=3, cutoff=0.3) or list(self._found)[:6]
            said = f"the nearest are {', '.join(near)}" if near else "the network has none"
            raise InputError(f"no parameter is called '{name}'; {said}")
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<Parameters: {', '.join(self._found)}>"


def parameters_of(network: nn.Module, steps: Sequence[Step]) -> Parameters:
    """Every parameter that the steps used, or that could have been used, with its uses."""
    uses: dict[int, list[Step]] = {}
    for step in steps:
        taken = {id(v) for v in leaves((step.call.arguments, dict(step.call.keywords))) if isinstance(v, Tensor)}
        for tensor in taken:
            uses.setdefault(tensor, []).append(step)
    return Parameters(
        {name: Parameter(name, p, None, tuple(uses.get(id(p), ()))) for name, p in network.named_parameters()}
    )
