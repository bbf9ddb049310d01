"""The one number that ``5x5 explain`` is asked for, of a step or of a parameter: shown, or as values for JSON."""

from typing import Any

from rich.console import Console

from fivebyfive.errors import InputError
from fivebyfive.explain import Step, Trace
from fivebyfive.explain.description import sum_described
from fivebyfive.views.one_number import show_number
from fivebyfive.views.one_weight import show_weight


class Number:
    """A value of a step's output, with its sum, and where the way back was traced its gradient's.

    Raises:
        InputError: there is no arithmetic for it.
    """

    def __init__(self, trace: Trace, step: Step, place: tuple[int, int, int]) -> None:
        self.trace, self.step, self.place = trace, step, place
        self.sum = step.arithmetic(*place)

    def show(self, console: Console) -> None:
        """Print it, term by term."""
        show_number(self.trace, self.step, *self.place, console)

    def described(self) -> dict[str, Any]:
        """Its sum, and its gradient's; null where that is not known."""
        y, x, channel = self.place
        found = {"step": self.step.name, "y": y, "x": x, "channel": channel,
                 "sum": sum_described(self.sum, self.step.origins)}  # fmt: skip
        if self.trace.way_back is None:
            return found
        try:
            back = sum_described(self.step.back(*self.place), _all_steps(self.trace))
        except InputError:
            back = None
        return found | {"back": back, "back_words": self.step.back_words()}


class Weight:
    """A number of a parameter, with its gradient's sum.

    Args:
        index: "1,3,7,11"; None: where the gradient is largest.

    Raises:
        InputError: there is no such parameter or place, or no gradient reaches it.
    """

    def __init__(self, trace: Trace, name: str, index: str | None) -> None:
        self.trace, self.parameter = trace, trace.parameters[name]
        self.index = self._largest() if index is None else _numbers(index)
        self.sum = self.parameter.back(*self.index)

    def show(self, console: Console) -> None:
        """Print it, term by term."""
        show_weight(self.trace, self.parameter.name, self.index, console)

    def described(self) -> dict[str, Any]:
        """Its value, and its gradient's sum."""
        return {
            "parameter": self.parameter.name,
            "index": list(self.index),
            "value": float(self.parameter.value.detach()[self.index].real),
            "back": sum_described(self.sum, _all_steps(self.trace)),
            "back_words": self.parameter.words(*self.index),
        }

    def _largest(self) -> tuple[int, ...]:
        import torch

        gradient = self.parameter.gradient
        if gradient is None or not gradient.numel():
            return (0,) * len(self.parameter.shape)
        return tuple(int(i) for i in torch.unravel_index(gradient.abs().argmax(), gradient.shape))


def _all_steps(trace: Trace) -> list[Step]:
    return [*trace.steps, *(trace.way_back.steps if trace.way_back is not None else ())]


def _numbers(text: str) -> tuple[int, ...]:
    """1,3,7,11 as numbers; "" for a parameter that is a single one."""
    try:
        return tuple(int(part) for part in text.split(",")) if text.strip() else ()
    except ValueError:
        raise InputError(
            f"--index {text[:80]!r} is no list of whole numbers; give one for each dimension: 1,3,7,11"
        ) from None
