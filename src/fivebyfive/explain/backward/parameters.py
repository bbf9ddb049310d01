"""The network's parameters on the way back: of each its gradient, and the sum behind any one of its numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
from torch import Tensor, nn

from fivebyfive.errors import InputError, nearest
from fivebyfive.explain.backward import parameter_words
from fivebyfive.explain.backward.numbers import size
from fivebyfive.explain.backward.sums import Taken, gradient_sum
from fivebyfive.explain.given import leaves
from fivebyfive.explain.held import storage
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.writing import number


@dataclass(eq=False, repr=False)
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
        taken = [one for step in self.uses for one in self._taken(step, index)]
        said = float(self.gradient[index].real)
        return gradient_sum(f"{self.name}[{place}]", taken, (0, 0, 0), said, self.gradient, whole)

    def words(self, *index: int) -> list[str]:
        """What it met and what it is told, in short plain sentences: all of it, or with an index one of its numbers.

        Raises:
            InputError: the place lies outside, or it has no gradient there.
        """
        if not index and self.shape:
            said = list(parameter_words.of_all(self))
            return said if self.gradient is not None else [*said, f"{_sentence(self._why_none())}."]
        return list(parameter_words.of_one(self, self.back(*index)))

    def __repr__(self) -> str:
        sizes = "×".join(map(str, self.shape)) or "one number"
        gradient = "no gradient" if self.gradient is None else f"gradient {number(size(self.gradient))}"
        return f"<Parameter {self.name}: {sizes}, {number(size(self.value.detach()))} large on average, {gradient}>"

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.words()) if self.shape else ""
        return f"<div><p><b>{escape(self.name)}</b></p>{said or escape(repr(self))}</div>"

    def check(self, index: Sequence[int]) -> None:
        """Raise an InputError unless `index` is a place in it."""
        if len(index) != len(self.shape) or not all(0 <= i < n for i, n in zip(index, self.shape, strict=True)):
            raise InputError(
                f"{self.name} has shape {list(self.shape)}; {list(index)} is no place in it: give {len(self.shape)} "
                f"numbers, each from 0 on and below {list(self.shape)}"
            )

    def _taken(self, step: Step, index: tuple[int, ...]) -> Iterator[Taken]:
        """The number at `index` as the step took it: in the parameter itself, or in another shape of its memory."""
        number = int(np.ravel_multi_index(index, self.shape)) if self.shape else 0
        for tensor in _constants(step):
            if tensor is self.value:
                yield Taken(step, tensor, index)
            elif _is_whole(tensor, self.value):
                shape = tuple(tensor.shape)
                yield Taken(step, tensor, tuple(int(i) for i in np.unravel_index(number, shape)))

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
            near = nearest(name, self._found, 3, 0.3) or list(self._found)[:6]
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
    """Every parameter of the network, with the steps that used it."""
    named = dict(network.named_parameters())
    by_identity = {id(p): p for p in named.values()}
    by_memory = {storage(p): p for p in named.values()}
    uses: dict[int, list[Step]] = {}
    for step in steps:
        for tensor in _constants(step):
            whole = by_identity.get(id(tensor), by_memory.get(storage(tensor)))
            if whole is not None and (tensor is whole or _is_whole(tensor, whole)):
                uses.setdefault(id(whole), []).append(step)
    return Parameters(
        {name: Parameter(name, p, None, tuple(dict.fromkeys(uses.get(id(p), ())))) for name, p in named.items()}
    )


def _constants(step: Step) -> list[Tensor]:
    """The tensors among what the step took that no step made, each once."""
    values = leaves((step.call.arguments, dict(step.call.keywords)))
    return list({id(value): value for value in values if isinstance(value, Tensor)}.values())


def _is_whole(tensor: Tensor, parameter: Tensor) -> bool:
    """Whether `tensor` is all of the parameter, in another shape, and learns with it."""
    same = tensor.requires_grad and storage(tensor) == storage(parameter) and tensor.numel() == parameter.numel()
    return same and tensor.is_contiguous() and parameter.is_contiguous()


def _sentence(said: str) -> str:
    return f"{said[0].upper()}{said[1:]}"
