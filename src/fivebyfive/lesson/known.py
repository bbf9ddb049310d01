"""The steps of a network that stops of the tour are about, and what their windows and weights are."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fivebyfive.explain.kind import shape_of
from fivebyfive.explain.layout import size_text
from fivebyfive.explain.step import Step
from fivebyfive.explain.trace import Trace
from fivebyfive.explain.windows import directions

BENT = ("relu", "relu6", "leaky_relu", "gelu", "silu", "elu", "selu", "tanh", "sigmoid", "hardswish", "mish")


@dataclass(frozen=True)
class Filters:
    """A convolution over maps: how many filters, through how many maps each goes, and where they lie.

    Attributes:
        ours: it is written with TensorFlow's words: SAME, strides of four numbers.
        shape: of the weights, as the code has them.
    """

    step: Step
    ours: bool
    shape: tuple[int, ...]
    count: int
    deep: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    before: tuple[int, int]
    after: tuple[int, int]

    @property
    def products(self) -> int:
        """How many products one number is the sum of."""
        return math.prod(self.kernel) * self.deep

    @property
    def window(self) -> str:
        """5×5"""
        return times(self.kernel)

    @property
    def reach(self) -> tuple[int, int]:
        """Rows and columns that a window goes over, its holes among them."""
        rows, columns = (d * (k - 1) + 1 for k, d in zip(self.kernel, self.step.attributes["dilation"], strict=True))
        return rows, columns

    def same(self, stride: Sequence[int]) -> tuple[int, int]:
        """The output's size with SAME: ⌈in / stride⌉."""
        rows, columns = (-(-n // s) for n, s in zip(self.before, stride, strict=True))
        return rows, columns

    def valid(self, stride: Sequence[int]) -> tuple[int, int]:
        """The output's size with VALID: ⌈(in − window + 1) / stride⌉."""
        rows, columns = (max(0, -(-(n - r + 1) // s)) for n, r, s in zip(self.before, self.reach, stride, strict=True))
        return rows, columns

    def with_stride(self, stride: Sequence[int]) -> tuple[int, int]:
        """The output's size with another stride, the padding as the code says it."""
        name = (self.step.attributes["padding_name"] or "").upper()
        if self.ours and name == "SAME":
            return self.same(stride)
        padding = self.step.attributes["padding"]
        rows, columns = (
            max(0, (n + sum(sides) - r) // s + 1)
            for n, sides, r, s in zip(self.before, padding, self.reach, stride, strict=True)
        )
        return rows, columns


def times(sizes: Sequence[int]) -> str:
    """28×28"""
    return "×".join(map(str, sizes))


def product(sizes: Sequence[int]) -> str:
    """5·5·32"""
    return "·".join(map(str, sizes))


def size(step: Step) -> str:
    """28×28×32; a list of numbers is just its length."""
    return size_text(step.size)


def called(step: Step) -> str:
    """A step in a sentence: its name, which in an `nn.Sequential` may be a number."""
    return f"step {step.name}" if step.name.isdigit() else step.name


class Known:
    """A trace, and which of its steps the tour stops at."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.steps = trace.steps
        self.classes = len(trace.classes) if trace.prediction else 0
        self.convolutions = list(self._filters())

    def first(self, fits: Callable[[Step], bool]) -> Step | None:
        """The first step that fits."""
        return next((step for step in self.steps if fits(step)), None)

    def users(self, step: Step) -> list[Step]:
        """The steps that take what `step` gives."""
        return [later for later in self.steps if any(origin is step for origin in later.origins)]

    @property
    def convolution(self) -> Filters | None:
        """The first convolution."""
        return self.convolutions[0] if self.convolutions else None

    @property
    def deep(self) -> Filters | None:
        """The first convolution whose filters move over more than one map."""
        return next((found for found in self.convolutions if found.deep > 1 and found.before != (1, 1)), None)

    def mapped(self, filters: Filters) -> Step:
        """The last step that makes each map of a convolution to one map of the same size: its bias, its bend."""
        step = filters.step
        while True:
            users = self.users(step)
            kinds = ("convolution", "normalization", "activation")
            if len(users) != 1 or users[0].kind not in kinds or users[0].op in ("conv2d", "softmax", "glu"):
                return step
            if users[0].size != step.size or step.kind == "activation":
                return step
            step = users[0]

    def _filters(self) -> Iterator[Filters]:
        for step in self.steps:
            if step.op != "conv2d" or step.weight is None or not step.origins or directions(step) != 2:
                continue
            ours = "strides" in step.call.values
            shape = shape_of(step.call.values["weight"])
            count, deep = (shape[3], shape[2]) if ours else (shape[0], shape[1])
            if step.size[2] != count or step.origins[0].size[2] != deep * step.attributes["groups"]:
                continue  # the code takes many parts at a time
            found = step.attributes
            yield Filters(
                step,
                ours,
                shape,
                count,
                deep,
                found["kernel"],
                found["stride"],
                step.origins[0].size[:2],
                step.size[:2],
            )
