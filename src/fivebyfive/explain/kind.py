"""What is known of a kind of step, as plain data. `kinds/` has a file for each, which holds all of it.

An operation is a function of PyTorch (or of ops.py) by its name, ``conv2d``; a kind is a family of operations that are
explained in the same way. The names of arguments follow https://pytorch.org/docs/stable/torch.html and
.../nn.functional.html.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from torch import Tensor

from fivebyfive.explain.axes import Done
from fivebyfive.explain.fields.spans import Span
from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Axes, Step

Values = Mapping[str, Any]
FieldRule = Callable[[Step, Mapping[Step, Span]], Span]
"""From a step and the spans of what it took, one direction of the image, to the span of its output."""
AxesRule = Callable[[Done], Axes | None]
"""From an operation to the dimensions of what comes out; None where they are not known."""
Index = tuple[int, ...]
Sum = Callable[[Step, Index, Position], Arithmetic]
OTHER = "other"
Rule = TypeVar("Rule")


@dataclass(frozen=True)
class Called:
    """A call of an operation, as it is being made.

    Attributes:
        values: the arguments by name; steps stand where their outputs did.
        arguments: those that were given by their place.
        ours: the operation is one of ops.py.
    """

    op: str
    values: Values
    arguments: Sequence[Any] = ()
    ours: bool = False


def free(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int | None:
    """What has neither weights nor products of matrices costs nothing."""
    del called, output, learned
    return 0


def not_counted(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int | None:
    """Of an algorithm of its own the multiply-accumulates are not counted."""
    del called, output, learned
    return None


def numbers_of(called: Called) -> dict[str, Any]:
    """The arguments that are numbers, texts or lists of them, under the names that `step.py` gives them."""
    return {
        name: called.values[key]
        for key, name in _PLAIN.items()
        if key in called.values and is_plain(called.values[key])
    }


_PLAIN = {
    "dim": "dim", "keepdim": "keepdim", "start_dim": "start_dim", "end_dim": "end_dim", "dim0": "dim0", "dim1": "dim1",
    "negative_slope": "negative_slope", "alpha": "alpha", "approximate": "approximate", "beta": "beta",
    "threshold": "threshold", "value": "value", "min_val": "min", "max_val": "max", "min": "min", "max": "max",
    "lambd": "lambda", "exponent": "exponent", "other": "other", "upscale_factor": "factor",
    "downscale_factor": "factor", "groups": "groups", "chunks": "chunks", "split_size": "split_size", "mode": "mode",
    "scale_factor": "scale_factor", "size": "output_size", "align_corners": "align_corners", "pad": "pad",
    "lower": "lower", "upper": "upper", "training": "training", "sizes": "shape", "rounding_mode": "rounding_mode",
}  # fmt: skip


def no_words(step: Step) -> Iterator[str]:
    """Nothing beyond what every step says."""
    yield f"The code calls {step.op}; it gives [{', '.join(map(str, step.output_shape))}]."


@dataclass(frozen=True, eq=False)
class Kind:
    """A family of operations that are explained in the same way.

    Attributes:
        name: what the steps are called: "convolution", "pooling" …, "other".
        operations: the operations' names, several in one text, and the names of their arguments in order.
        sum: how the value at a place came about; None where there is no sum.
        words: what a step does, one short sentence each.
        back: how a gradient goes back through a step, one short sentence each; without it, what is true of any step.
        attributes: the operation's numbers in the vocabulary of step.py.
        cost: multiply-accumulates for one image by the rule of `Step.macs`; None where they are not counted.
        called: the step's name where it depends on the call: (call, the steps that went in, result).
        axes: which dimension is which in the result: a rule for all operations, or for some, several in one text;
            without one the dimensions stay where the shape does.
        field: what a value depends on; without a rule that is not known.
        moves: of operations that only move values, the operands whose values these are.
        single: of functions of one value, the function and its numbers (`functions.Single`); None for other steps.
        form: the page's file for it in js/kinds/, where the kind has one of its own; "" where the page looks for one.
        ours: the operations of ops.py, and the names of their arguments.
        aliases: other names of the operations.
        keywords: for an operation, other names of its arguments.
        complex: the sum knows complex numbers; of any other kind only the magnitudes are said, and what they hang on.
        draws: the operations that may draw random numbers, several in one text.
    """

    name: str
    operations: Mapping[str, str]
    sum: Sum | None = None
    words: Callable[[Step], Iterator[str]] = no_words
    back: Callable[[Step], Iterator[str]] | None = None
    attributes: Callable[[Called], dict[str, Any]] = numbers_of
    cost: Callable[[Called, Tensor, Callable[[Any], bool]], int | None] = free
    called: Callable[[Called, Sequence[Step], Tensor], str] | None = None
    axes: AxesRule | Mapping[str, AxesRule] | None = None
    field: FieldRule | Mapping[str, FieldRule] | None = None
    moves: Callable[[Step], Sequence[Any]] | None = None
    single: Callable[[Step], Any] | None = None
    form: str = ""
    ours: Mapping[str, str] = dataclasses.field(default_factory=dict)
    aliases: Mapping[str, str] = dataclasses.field(default_factory=dict)
    keywords: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    complex: bool = False
    draws: str = ""

    def signatures(self) -> dict[str, tuple[str, ...]]:
        """The names of the arguments of each operation."""
        return {op: tuple(said.split()) for ops, said in self.operations.items() for op in ops.split()}


def names(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


def is_plain(value: Any) -> bool:
    """Whether it is a number, a text, or a list of them."""
    if isinstance(value, (tuple, list)):
        return all(is_plain(v) for v in value)
    return isinstance(value, (bool, int, float, str))


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of a tensor, or of a step's output."""
    return tuple(value.output.shape if isinstance(value, Step) else value.shape)


def numel_of(value: Any) -> int:
    """How many values it holds; 0 for what is no tensor."""
    return (value.output if isinstance(value, Step) else value).numel() if isinstance(value, (Tensor, Step)) else 0


def rule_of(rules: Rule | Mapping[str, Rule] | None, op: str) -> Rule | None:
    """The rule of one operation."""
    if not isinstance(rules, Mapping):
        return rules
    return next((rule for ops, rule in rules.items() if op in ops.split()), None)
